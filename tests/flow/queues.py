"""What tests of queues have in common: many recipients, and the one carrier they go by."""

from dragoman.carriers.simulator.smsc import Received

MANY = [f"4477009{number:05d}" for number in range(2000)]
THREE_SEGMENTS = "a" * 400


def main(**options: object) -> dict[str, dict[str, object]]:
    """Give a change of the carrier's options."""
    return {"carrier.main": options}


def recipient(received: Received) -> str:
    """Give the number that a submit_sm is for."""
    return received.pdu.destination_addr.decode()

"""A message that somebody wrote to us from a handset (MO), as the store keeps it.

All instants are microseconds UTC.
"""

import msgspec

NOBODY = 0  # in place of an account
# The deeds of what could not be read, or not be acted on: kept as it came, for the operator.
ASIDE = "set aside"
RECEIPT_ASIDE = "set aside: a receipt"
GATEWAY = -1  # a word to the gateway itself, such as a STOP to the platform's code


class Inbound(msgspec.Struct, gc=False, array_like=True):
    """One message from a handset, whole or as much as came of it.

    The order of the fields is the order of the columns of table `inbound`.
    """

    id: int
    carrier_id: int
    sender: str
    recipient: str
    octets: bytes  # user data of all segments, headers taken off
    data_coding: int
    esm_class: int
    received_us: int
    account_id: int = NOBODY
    text: str = ""  # empty for 8-bit data
    udh: bytes = b""  # of the first segment, without its place in the message
    segments: int = 1  # that came
    total: int = 1  # that were sent
    network: str = ""  # of the sender, where it is known
    context: str = ""  # of the message that it answers
    message_id: int = 0  # which that was
    deed: str = ""  # what it did beside: "stop", "start", "help" ...

    @property
    def is_whole(self) -> bool:
        """Tell whether no segment is missing."""
        return self.segments >= self.total

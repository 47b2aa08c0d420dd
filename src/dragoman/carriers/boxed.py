"""A carrier with its own network: an SMSC simulator of its own, bound to over loopback.

For the first five minutes and for demonstrations: no host, no port, no contract.  The messages
take the very way that they take to a real SMSC.
"""

from collections.abc import Mapping, Sequence

import msgspec

from dragoman.carriers.bind import Surroundings
from dragoman.carriers.profile import OptionError, SmppProfile, read_profile
from dragoman.carriers.simulator.control import Control
from dragoman.carriers.simulator.options import SmscOptions
from dragoman.carriers.simulator.smsc import Smsc
from dragoman.carriers.smpp import SmppCarrier
from dragoman.core.ports import CarrierStatus, Sink
from dragoman.model.messages import Outgoing

# Options of this kind are the simulator's and, beside where it is, those of kind smpp.
_OF_SMSC = frozenset(SmscOptions.__struct_fields__) - {"system_id", "window"}
_WHERE = frozenset({"host", "port"})


def read_boxed(options: Mapping[str, object]) -> tuple[SmscOptions, SmppProfile]:
    """Give the simulator's set-up and the carrier's profile; raise OptionError."""
    of_smsc = {key: value for key, value in options.items() if key in _OF_SMSC}
    of_smpp = {key: value for key, value in options.items() if key not in _OF_SMSC | _WHERE}
    try:
        smsc = msgspec.convert(of_smsc, SmscOptions)
    except (msgspec.ValidationError, ValueError) as error:
        raise OptionError(f"carrier option: {error}") from error
    return smsc, read_profile({"host": smsc.host, "system_id": "dragoman"} | of_smpp)


class BoxedCarrier:
    """Implements `core.ports.Carrier`; `smsc` is open to whoever wants to look at its handsets."""

    def __init__(
        self,
        carrier_id: int,
        name: str,
        options: Mapping[str, object],
        sink: Sink,
        around: Surroundings,
    ) -> None:
        """Read the options; raise OptionError naming what is wrong with them."""
        self.carrier_id = carrier_id
        self.name = name
        self._options, self._profile = read_boxed(options)
        self.smsc = Smsc(self._options, around.clock, around.random)
        self.control = Control(self.smsc)
        self._sink = sink
        self._around = around
        self._carrier = self._make()

    def _make(self) -> SmppCarrier:
        profile = msgspec.structs.replace(self._profile, port=self.smsc.port or 1)
        return SmppCarrier(self.carrier_id, self.name, profile, "", self._sink, self._around)

    async def start(self) -> None:
        """Start the network, then connect to it."""
        await self.smsc.start()
        if self._options.control_port >= 0:
            await self.control.start(self._options.host, self._options.control_port)
        self._carrier = self._make()
        await self._carrier.start()

    def free(self) -> int:
        """Count the segments that would be taken now."""
        return self._carrier.free()

    def submit(self, batch: Sequence[Outgoing]) -> None:
        """Write the segments."""
        self._carrier.submit(batch)

    def status(self) -> CarrierStatus:
        """Give the state for people."""
        return self._carrier.status()

    async def drain(self, grace_s: float) -> None:
        """Leave the network, then take it down."""
        await self._carrier.drain(grace_s)
        await self.control.stop()
        await self.smsc.stop()

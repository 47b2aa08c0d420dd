"""Who may send which SMPP request in which state of a session: one table for both ends.

Refuses to know connections, time and octets.
Source: SMPP 3.4 sections 2.2 (states) and 2.3 (which PDU in which state, by whom).
"""

from __future__ import annotations

from enum import Enum, auto

from dragoman.protocols.smpp.pdus import (
    AlertNotification,
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    CancelSm,
    DataSm,
    DeliverSm,
    Outbind,
    Pdu,
    QuerySm,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
)


class Role(Enum):
    """An end of the link: the application's or the message centre's."""

    ESME = auto()
    SMSC = auto()

    @property
    def peer(self) -> Role:
        """The other end."""
        return Role.SMSC if self is Role.ESME else Role.ESME


class State(Enum):
    """The states of section 2.2, and UNBOUND for the time between unbind and closing."""

    OPEN = auto()
    BOUND_TX = auto()
    BOUND_RX = auto()
    BOUND_TRX = auto()
    UNBOUND = auto()
    CLOSED = auto()


BOUND = frozenset({State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX})
BOUND_BY: dict[type[Bind], State] = {
    BindTransmitter: State.BOUND_TX,
    BindReceiver: State.BOUND_RX,
    BindTransceiver: State.BOUND_TRX,
}

_ESME = frozenset({Role.ESME})
_SMSC = frozenset({Role.SMSC})
_BOTH = frozenset(Role)
_OPEN = frozenset({State.OPEN})
_SENDING = frozenset({State.BOUND_TX, State.BOUND_TRX})
_RECEIVING = frozenset({State.BOUND_RX, State.BOUND_TRX})

# enquire_link, unbind and generic_nack are not here: the session sends and answers them itself.
OPERATIONS: dict[type[Pdu], tuple[frozenset[Role], frozenset[State]]] = {
    BindTransmitter: (_ESME, _OPEN),
    BindReceiver: (_ESME, _OPEN),
    BindTransceiver: (_ESME, _OPEN),
    Outbind: (_SMSC, _OPEN),
    SubmitSm: (_ESME, _SENDING),
    SubmitMulti: (_ESME, _SENDING),
    QuerySm: (_ESME, _SENDING),
    CancelSm: (_ESME, _SENDING),
    ReplaceSm: (_ESME, _SENDING),
    DataSm: (_BOTH, BOUND),
    DeliverSm: (_SMSC, _RECEIVING),
    AlertNotification: (_SMSC, _RECEIVING),
}

ALLOWED: dict[tuple[Role, State], frozenset[type[Pdu]]] = {
    (role, state): frozenset(
        command
        for command, (roles, states) in OPERATIONS.items()
        if role in roles and state in states
    )
    for role in Role
    for state in State
}

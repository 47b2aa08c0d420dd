"""What a Session tells its owner: one value per thing that happened on the wire or in time.

A peer's mistake is an event here (PeerError); a mistake of ours is an exception there.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from dragoman.protocols.smpp.pdus import AlertNotification, Bind, Outbind, Pdu
from dragoman.protocols.smpp.statuses import CommandStatus


class CloseReason(Enum):
    """Why a session ended; the value is for people."""

    FRAMING_LOST = "the peer sent octets that are no SMPP"
    PEER_SILENT = "the peer did not answer enquire_link"
    BIND_TIMEOUT = "no bind was completed in time"
    UNBIND_TIMEOUT = "the peer did not answer unbind"
    CONNECTION_LOST = "the connection ended"


class Bound(msgspec.Struct, frozen=True):
    """ESME: the peer accepted our bind.

    `interface_version` is None where the peer does not tell (SMPP 3.3, or a quiet one).
    """

    bind: type[Bind]
    system_id: bytes
    interface_version: int | None


class BindRefused(msgspec.Struct, frozen=True):
    """ESME: the peer refused our bind; the session is open for another try."""

    bind: type[Bind]
    status: int


class BindRequest(msgspec.Struct, frozen=True):
    """SMSC: the peer wants to bind; `Session.respond` decides."""

    pdu: Bind
    sequence: int


class Request(msgspec.Struct, frozen=True, gc=False):
    """The peer asks for something that the owner must answer by `Session.respond`."""

    pdu: Pdu
    sequence: int


class Notice(msgspec.Struct, frozen=True):
    """The peer says something that has no answer."""

    pdu: Outbind | AlertNotification


class Response(msgspec.Struct, frozen=True, gc=False):
    """The answer to a request of ours; `context` is what came with the request.

    `pdu` is a GenericNack where the peer answered with one.
    """

    pdu: Pdu
    status: int
    context: object
    sequence: int
    elapsed_s: float


class LateResponse(msgspec.Struct, frozen=True, gc=False):
    """The answer to a request of ours that was already told as TimedOut."""

    pdu: Pdu
    status: int
    context: object
    sequence: int
    elapsed_s: float


class TimedOut(msgspec.Struct, frozen=True, gc=False):
    """No answer came in time: whether the peer did what we asked is not known."""

    context: object
    sequence: int


class PeerError(msgspec.Struct, frozen=True):
    """The peer broke the rules and the session went on.

    `answer` is the status that we told the peer, or None where an answer would be wrong.
    """

    what: str
    command_id: int
    sequence: int
    answer: CommandStatus | None


class Unbound(msgspec.Struct, frozen=True):
    """The bind is over, in agreement; the connection should now be closed."""

    by_peer: bool


class Closed(msgspec.Struct, frozen=True):
    """The session is over; the connection must be closed once the output is written."""

    reason: CloseReason


Event = (
    Bound
    | BindRefused
    | BindRequest
    | Request
    | Notice
    | Response
    | LateResponse
    | TimedOut
    | PeerError
    | Unbound
    | Closed
)

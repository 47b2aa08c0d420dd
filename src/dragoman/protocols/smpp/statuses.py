"""The command_status table of SMPP 3.4, and which of its values a carrier can act upon.

It refuses to know what to do about a status; it only says what the standard says.
Source: SMPP 3.4 section 5.1.3.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class CommandStatus(IntEnum):
    """A command_status that the standard defines, with its meaning in plain words."""

    meaning: str

    def __new__(cls, number: int, meaning: str) -> Self:
        """Make a member that is its number and carries its meaning."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.meaning = meaning
        return member

    ESME_ROK = 0x00, "no error"
    ESME_RINVMSGLEN = 0x01, "message length is invalid"
    ESME_RINVCMDLEN = 0x02, "command length is invalid"
    ESME_RINVCMDID = 0x03, "command id is invalid"
    ESME_RINVBNDSTS = 0x04, "wrong bind state for this command"
    ESME_RALYBND = 0x05, "already bound"
    ESME_RINVPRTFLG = 0x06, "priority flag is invalid"
    ESME_RINVREGDLVFLG = 0x07, "registered delivery flag is invalid"
    ESME_RSYSERR = 0x08, "system error"
    ESME_RINVSRCADR = 0x0A, "source address is invalid"
    ESME_RINVDSTADR = 0x0B, "destination address is invalid"
    ESME_RINVMSGID = 0x0C, "message id is invalid"
    ESME_RBINDFAIL = 0x0D, "bind failed"
    ESME_RINVPASWD = 0x0E, "password is invalid"
    ESME_RINVSYSID = 0x0F, "system id is invalid"
    ESME_RCANCELFAIL = 0x11, "cancel_sm failed"
    ESME_RREPLACEFAIL = 0x13, "replace_sm failed"
    ESME_RMSGQFUL = 0x14, "message queue is full"
    ESME_RINVSERTYP = 0x15, "service type is invalid"
    ESME_RINVNUMDESTS = 0x33, "number of destinations is invalid"
    ESME_RINVDLNAME = 0x34, "distribution list name is invalid"
    ESME_RINVDESTFLAG = 0x40, "destination flag of submit_multi is invalid"
    ESME_RINVSUBREP = 0x42, "submit_sm with replace_if_present_flag is invalid"
    ESME_RINVESMCLASS = 0x43, "esm_class is invalid"
    ESME_RCNTSUBDL = 0x44, "cannot submit to a distribution list"
    ESME_RSUBMITFAIL = 0x45, "submit_sm or submit_multi failed"
    ESME_RINVSRCTON = 0x48, "source address TON is invalid"
    ESME_RINVSRCNPI = 0x49, "source address NPI is invalid"
    ESME_RINVDSTTON = 0x50, "destination address TON is invalid"
    ESME_RINVDSTNPI = 0x51, "destination address NPI is invalid"
    ESME_RINVSYSTYP = 0x53, "system type is invalid"
    ESME_RINVREPFLAG = 0x54, "replace_if_present_flag is invalid"
    ESME_RINVNUMMSGS = 0x55, "number of messages is invalid"
    ESME_RTHROTTLED = 0x58, "throttled: more messages than the carrier allows"
    ESME_RINVSCHED = 0x61, "scheduled delivery time is invalid"
    ESME_RINVEXPIRY = 0x62, "validity period is invalid"
    ESME_RINVDFTMSGID = 0x63, "predefined message is invalid or not found"
    ESME_RX_T_APPN = 0x64, "the receiving ESME has a temporary error"
    ESME_RX_P_APPN = 0x65, "the receiving ESME has a permanent error"
    ESME_RX_R_APPN = 0x66, "the receiving ESME rejects the message"
    ESME_RQUERYFAIL = 0x67, "query_sm failed"
    ESME_RINVOPTPARSTREAM = 0xC0, "the optional part of the PDU is malformed"
    ESME_ROPTPARNOTALLWD = 0xC1, "optional parameter is not allowed"
    ESME_RINVPARLEN = 0xC2, "parameter length is invalid"
    ESME_RMISSINGOPTPARAM = 0xC3, "an expected optional parameter is missing"
    ESME_RINVOPTPARAMVAL = 0xC4, "value of an optional parameter is invalid"
    ESME_RDELIVERYFAILURE = 0xFE, "delivery failed (data_sm_resp)"
    ESME_RUNKNOWNERR = 0xFF, "unknown error"


# What the standard says of the numbers that it gives no name.
RANGES: dict[range, str] = {
    range(0x0100): "reserved",
    range(0x0000_0100, 0x0000_0400): "reserved for SMPP extension",
    range(0x0000_0400, 0x0000_0500): "reserved for the SMSC vendor",
    range(0x0000_0500, 0x1_0000_0000): "reserved",
}

_S = CommandStatus

# Not taken, and worth offering again: the peer asks for less speed, not for another message.
FLOW_CONTROL = frozenset({_S.ESME_RTHROTTLED, _S.ESME_RMSGQFUL})
# A bind refused for a reason that waiting cures: an older connection is not yet forgotten.
ALREADY_BOUND = frozenset({_S.ESME_RALYBND})
# A bind refused for a reason that only a person cures.
PERMANENT_BIND_REFUSALS = frozenset(
    {_S.ESME_RBINDFAIL, _S.ESME_RINVPASWD, _S.ESME_RINVSYSID, _S.ESME_RINVSYSTYP}
)
# The peer says that it is itself in trouble; the message is not at fault.
SYSTEM_ERRORS = frozenset({_S.ESME_RSYSERR, _S.ESME_RX_T_APPN, _S.ESME_RUNKNOWNERR})


_BY_NUMBER: dict[int, CommandStatus] = {status.value: status for status in CommandStatus}


def status_name(number: int) -> str:
    """Return the standard's name of a command_status, or its number in hexadecimal."""
    status = _BY_NUMBER.get(number)
    return status.name if status is not None else f"0x{number:08X}"


def status_meaning(number: int) -> str:
    """Return what a command_status means in plain words, for any 32-bit number."""
    status = _BY_NUMBER.get(number)
    if status is not None:
        return status.meaning
    return next(words for numbers, words in RANGES.items() if number in numbers)

"""Every SMPP 3.4 operation as a value; each class is also the table of its own wire layout.

A field's annotation says how it travels (`CString(21)`, `Integer(1)`, ...), in the order of
the standard; the codec reads nothing else.  It refuses to know what a value means: TON, data
coding or message state belong to other rooms.  Source: SMPP 3.4 (issue 1.2), chapters 4 and 5.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

RESPONSE_BIT = 0x8000_0000
INTERFACE_VERSION = 0x34

Tlv = tuple[int, bytes]
Tlvs = tuple[Tlv, ...]


class CString(msgspec.Struct, frozen=True):
    """A C-octet string: octets other than NUL, then one NUL, at most `limit` with the NUL."""

    limit: int


class Integer(msgspec.Struct, frozen=True):
    """An unsigned big-endian integer of `octets` octets."""

    octets: int


class Counted(msgspec.Struct, frozen=True):
    """Octets behind a length octet (`sm_length`, `short_message`), at most `limit` of them."""

    limit: int


class Destinations(msgspec.Struct, frozen=True):
    """`number_of_dests` and as many `dest_address` (SMPP 3.4 section 4.5.1.1)."""


class Unsuccesses(msgspec.Struct, frozen=True):
    """`no_unsuccess` and as many `unsuccess_sme` (SMPP 3.4 section 4.5.2.1)."""


class Parameters(msgspec.Struct, frozen=True):
    """The optional parameters: tag, length, value, until the frame ends."""


Kind = CString | Integer | Counted | Destinations | Unsuccesses | Parameters

Octet = Annotated[int, Integer(1)]
# The standard allows 15 and 8 characters.  Carriers hand out longer ones and expect them in
# the bind, so the writer lets a longer credential pass that an operator configured.
SystemId = Annotated[bytes, CString(65)]
Password = Annotated[bytes, CString(65)]
SystemType = Annotated[bytes, CString(13)]
AddressRange = Annotated[bytes, CString(41)]
ServiceType = Annotated[bytes, CString(6)]
Address = Annotated[bytes, CString(21)]
LongAddress = Annotated[bytes, CString(65)]
MessageId = Annotated[bytes, CString(65)]
Time = Annotated[bytes, CString(17)]
ShortText = Annotated[bytes, Counted(254)]
OptionalTlvs = Annotated[Tlvs, Parameters()]


class Pdu(msgspec.Struct, frozen=True, gc=False):
    """What all operations share: a command, and for most a response to it."""

    command_id: ClassVar[int]
    command_name: ClassVar[str]
    response: ClassVar[type[Pdu] | None] = None
    # SMPP 3.4 sections 4.1.2 and 4.4.2: these answers leave the body out when they refuse.
    is_bare_on_error: ClassVar[bool] = False


class GenericNack(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.3.1."""

    command_id = 0x8000_0000
    command_name = "generic_nack"


class BindResponse(Pdu, frozen=True, gc=False):
    """The fields that the three bind responses share."""

    is_bare_on_error = True

    system_id: SystemId = b""
    tlvs: OptionalTlvs = ()


class BindReceiverResp(BindResponse, frozen=True, gc=False):
    """SMPP 3.4 section 4.1.4."""

    command_id = 0x8000_0001
    command_name = "bind_receiver_resp"


class BindTransmitterResp(BindResponse, frozen=True, gc=False):
    """SMPP 3.4 section 4.1.2."""

    command_id = 0x8000_0002
    command_name = "bind_transmitter_resp"


class BindTransceiverResp(BindResponse, frozen=True, gc=False):
    """SMPP 3.4 section 4.1.6."""

    command_id = 0x8000_0009
    command_name = "bind_transceiver_resp"


class Bind(Pdu, frozen=True, gc=False):
    """The fields that the three binds share."""

    response: ClassVar[type[BindResponse]]

    system_id: SystemId = b""
    password: Password = b""
    system_type: SystemType = b""
    interface_version: Octet = INTERFACE_VERSION
    addr_ton: Octet = 0
    addr_npi: Octet = 0
    address_range: AddressRange = b""
    tlvs: OptionalTlvs = ()

    def __repr__(self) -> str:
        """Show the bind without its password: a repr ends up in logs."""
        return f"{type(self).__name__}(system_id={self.system_id!r}, password=***)"


class BindReceiver(Bind, frozen=True, gc=False):
    """SMPP 3.4 section 4.1.3."""

    command_id = 0x0000_0001
    command_name = "bind_receiver"
    response = BindReceiverResp


class BindTransmitter(Bind, frozen=True, gc=False):
    """SMPP 3.4 section 4.1.1."""

    command_id = 0x0000_0002
    command_name = "bind_transmitter"
    response = BindTransmitterResp


class BindTransceiver(Bind, frozen=True, gc=False):
    """SMPP 3.4 section 4.1.5."""

    command_id = 0x0000_0009
    command_name = "bind_transceiver"
    response = BindTransceiverResp


class Outbind(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.1.7: an SMSC asks an ESME to bind as receiver; it has no response."""

    command_id = 0x0000_000B
    command_name = "outbind"

    system_id: SystemId = b""
    password: Password = b""
    tlvs: OptionalTlvs = ()

    def __repr__(self) -> str:
        """Show the outbind without its password: a repr ends up in logs."""
        return f"Outbind(system_id={self.system_id!r}, password=***)"


class UnbindResp(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.2.2."""

    command_id = 0x8000_0006
    command_name = "unbind_resp"


class Unbind(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.2.1."""

    command_id = 0x0000_0006
    command_name = "unbind"
    response = UnbindResp


class EnquireLinkResp(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.11.2."""

    command_id = 0x8000_0015
    command_name = "enquire_link_resp"


class EnquireLink(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.11.1."""

    command_id = 0x0000_0015
    command_name = "enquire_link"
    response = EnquireLinkResp


class MessageResponse(Pdu, frozen=True, gc=False):
    """The fields that the responses to submit_sm, deliver_sm and data_sm share."""

    message_id: MessageId = b""
    # Not in 3.4 for submit_sm_resp and deliver_sm_resp, but sent by carriers of today.
    tlvs: OptionalTlvs = ()


class SubmitSmResp(MessageResponse, frozen=True, gc=False):
    """SMPP 3.4 section 4.4.2."""

    command_id = 0x8000_0004
    command_name = "submit_sm_resp"
    is_bare_on_error = True


class DeliverSmResp(MessageResponse, frozen=True, gc=False):
    """SMPP 3.4 section 4.6.2; its `message_id` is unused and stays empty."""

    command_id = 0x8000_0005
    command_name = "deliver_sm_resp"


class DataSmResp(MessageResponse, frozen=True, gc=False):
    """SMPP 3.4 section 4.7.2."""

    command_id = 0x8000_0103
    command_name = "data_sm_resp"


class ShortMessage(Pdu, frozen=True, gc=False):
    """The fields that submit_sm and deliver_sm share; `sm_length` is implied by the text."""

    service_type: ServiceType = b""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Address = b""
    dest_addr_ton: Octet = 0
    dest_addr_npi: Octet = 0
    destination_addr: Address = b""
    esm_class: Octet = 0
    protocol_id: Octet = 0
    priority_flag: Octet = 0
    schedule_delivery_time: Time = b""
    validity_period: Time = b""
    registered_delivery: Octet = 0
    replace_if_present_flag: Octet = 0
    data_coding: Octet = 0
    sm_default_msg_id: Octet = 0
    short_message: ShortText = b""
    tlvs: OptionalTlvs = ()


class SubmitSm(ShortMessage, frozen=True, gc=False):
    """SMPP 3.4 section 4.4.1."""

    command_id = 0x0000_0004
    command_name = "submit_sm"
    response = SubmitSmResp


class DeliverSm(ShortMessage, frozen=True, gc=False):
    """SMPP 3.4 section 4.6.1."""

    command_id = 0x0000_0005
    command_name = "deliver_sm"
    response = DeliverSmResp


class SmeAddress(msgspec.Struct, frozen=True, gc=False):
    """A destination of submit_multi with dest_flag 1 (SMPP 3.4 section 4.5.1.1)."""

    dest_addr_ton: Octet = 0
    dest_addr_npi: Octet = 0
    destination_addr: Address = b""


class DistributionList(msgspec.Struct, frozen=True, gc=False):
    """A destination of submit_multi with dest_flag 2 (SMPP 3.4 section 4.5.1.2)."""

    dl_name: Address = b""


class UnsuccessSme(msgspec.Struct, frozen=True, gc=False):
    """A destination that submit_multi did not reach, and why (SMPP 3.4 section 4.5.2.1)."""

    dest_addr_ton: Octet = 0
    dest_addr_npi: Octet = 0
    destination_addr: Address = b""
    error_status_code: Annotated[int, Integer(4)] = 0


DestAddresses = Annotated[tuple[SmeAddress | DistributionList, ...], Destinations()]


class SubmitMultiResp(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.5.2."""

    command_id = 0x8000_0021
    command_name = "submit_multi_resp"

    message_id: MessageId = b""
    unsuccess_sme: Annotated[tuple[UnsuccessSme, ...], Unsuccesses()] = ()
    tlvs: OptionalTlvs = ()


class SubmitMulti(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.5.1; `number_of_dests` is implied by `dest_address`."""

    command_id = 0x0000_0021
    command_name = "submit_multi"
    response = SubmitMultiResp

    service_type: ServiceType = b""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Address = b""
    dest_address: DestAddresses = ()
    esm_class: Octet = 0
    protocol_id: Octet = 0
    priority_flag: Octet = 0
    schedule_delivery_time: Time = b""
    validity_period: Time = b""
    registered_delivery: Octet = 0
    replace_if_present_flag: Octet = 0
    data_coding: Octet = 0
    sm_default_msg_id: Octet = 0
    short_message: ShortText = b""
    tlvs: OptionalTlvs = ()


class DataSm(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.7.1."""

    command_id = 0x0000_0103
    command_name = "data_sm"
    response = DataSmResp

    service_type: ServiceType = b""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: LongAddress = b""
    dest_addr_ton: Octet = 0
    dest_addr_npi: Octet = 0
    destination_addr: LongAddress = b""
    esm_class: Octet = 0
    registered_delivery: Octet = 0
    data_coding: Octet = 0
    tlvs: OptionalTlvs = ()


class QuerySmResp(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.8.2."""

    command_id = 0x8000_0003
    command_name = "query_sm_resp"

    message_id: MessageId = b""
    final_date: Time = b""
    message_state: Octet = 0
    error_code: Octet = 0
    tlvs: OptionalTlvs = ()


class QuerySm(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.8.1."""

    command_id = 0x0000_0003
    command_name = "query_sm"
    response = QuerySmResp

    message_id: MessageId = b""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Address = b""
    tlvs: OptionalTlvs = ()


class CancelSmResp(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.9.2."""

    command_id = 0x8000_0008
    command_name = "cancel_sm_resp"


class CancelSm(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.9.1."""

    command_id = 0x0000_0008
    command_name = "cancel_sm"
    response = CancelSmResp

    service_type: ServiceType = b""
    message_id: MessageId = b""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Address = b""
    dest_addr_ton: Octet = 0
    dest_addr_npi: Octet = 0
    destination_addr: Address = b""
    tlvs: OptionalTlvs = ()


class ReplaceSmResp(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.10.2."""

    command_id = 0x8000_0007
    command_name = "replace_sm_resp"


class ReplaceSm(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.10.1."""

    command_id = 0x0000_0007
    command_name = "replace_sm"
    response = ReplaceSmResp

    message_id: MessageId = b""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Address = b""
    schedule_delivery_time: Time = b""
    validity_period: Time = b""
    registered_delivery: Octet = 0
    sm_default_msg_id: Octet = 0
    short_message: ShortText = b""
    tlvs: OptionalTlvs = ()


class AlertNotification(Pdu, frozen=True, gc=False):
    """SMPP 3.4 section 4.12.1; it has no response."""

    command_id = 0x0000_0102
    command_name = "alert_notification"

    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: LongAddress = b""
    esme_addr_ton: Octet = 0
    esme_addr_npi: Octet = 0
    esme_addr: LongAddress = b""
    tlvs: OptionalTlvs = ()


# Table 5-1 of the standard, section 5.1.2.1.
COMMANDS: dict[int, type[Pdu]] = {
    command.command_id: command
    for command in (
        *(GenericNack, Outbind, AlertNotification),
        *(BindReceiver, BindTransmitter, BindTransceiver),
        *(BindReceiverResp, BindTransmitterResp, BindTransceiverResp),
        *(Unbind, UnbindResp, EnquireLink, EnquireLinkResp),
        *(SubmitSm, SubmitSmResp, SubmitMulti, SubmitMultiResp),
        *(DeliverSm, DeliverSmResp, DataSm, DataSmResp),
        *(QuerySm, QuerySmResp, CancelSm, CancelSmResp, ReplaceSm, ReplaceSmResp),
    )
}


def command_name(command_id: int) -> str:
    """Return the standard's name of a command, or its number where it has none."""
    command = COMMANDS.get(command_id)
    return command.command_name if command else f"command 0x{command_id:08x}"

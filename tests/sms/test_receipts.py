"""Delivery receipts: the shapes that carriers really send, and the one that we write."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.sms.receipts import (
    WORDS,
    NotAReceipt,
    Receipt,
    ReceiptState,
    decode_receipt,
    encode_receipt,
)

DELIVERED, REJECTED = ReceiptState.DELIVERED, ReceiptState.REJECTED
UNDELIVERABLE, EXPIRED = ReceiptState.UNDELIVERABLE, ReceiptState.EXPIRED
ENROUTE, UNKNOWN = ReceiptState.ENROUTE, ReceiptState.UNKNOWN


def us(year: int, month: int, day: int, hour: int, minute: int, second: int = 0) -> int:
    """Return a wall clock's reading, taken as UTC, in microseconds."""
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000


AT, DONE = us(2025, 3, 4, 15, 30), us(2025, 3, 4, 15, 31)
FULL = Receipt("123", DELIVERED, "000", AT, DONE, 1, 1, "DELIVRD", "Hello")
STANDARD = (
    b"id:123 sub:001 dlvrd:001 submit date:2503041530 done date:2503041531"
    b" stat:DELIVRD err:000 text:Hello"
)
DATES = b"submit date:2503041530 done date:2503041531"

SHAPES: dict[str, tuple[bytes, Receipt]] = {
    "as the standard has it": (STANDARD, FULL),
    "capital Text": (STANDARD.replace(b"text", b"Text"), FULL),
    "ends in NUL": (STANDARD + b"\0", FULL),
    "empty text": (
        STANDARD.replace(b"Hello", b""),
        Receipt("123", DELIVERED, "000", AT, DONE, 1, 1, "DELIVRD"),
    ),
    "no text": (
        STANDARD.replace(b" text:Hello", b""),
        Receipt("123", DELIVERED, "000", AT, DONE, 1, 1, "DELIVRD"),
    ),
    "text of any octets": (
        STANDARD.replace(b"Hello", b"\xe9\x00\n!"),
        Receipt("123", DELIVERED, "000", AT, DONE, 1, 1, "DELIVRD", "é\x00\n!"),
    ),
    "text in UTF-8": (
        STANDARD.replace(b"Hello", "né".encode()),
        Receipt("123", DELIVERED, "000", AT, DONE, 1, 1, "DELIVRD", "né"),
    ),
    "seconds": (
        STANDARD.replace(b"1530 ", b"153005 ").replace(b"1531 ", b"153159 "),
        Receipt(
            "123",
            DELIVERED,
            "000",
            us(2025, 3, 4, 15, 30, 5),
            us(2025, 3, 4, 15, 31, 59),
            1,
            1,
            "DELIVRD",
            "Hello",
        ),
    ),
    "four-digit year": (
        b"id:123 stat:DELIVRD submit date:202503041530 done date:20250304153100",
        Receipt("123", DELIVERED, "", AT, DONE, word="DELIVRD"),
    ),
    "absolute time of SMPP": (
        b"id:123 stat:DELIVRD submit date:250304153000000+ done date:250304153100504-",
        Receipt("123", DELIVERED, "", AT, DONE, word="DELIVRD"),
    ),
    "dates for people": (
        b"id:123 submit date:2025-03-04 15:30:00 done date:2025-03-04T15:31:00.250Z stat:DELIVRD",
        Receipt("123", DELIVERED, "", AT, DONE, word="DELIVRD"),
    ),
    "dates that are none": (
        b"id:123 submit date:0000000000 done date:2513451531 stat:DELIVRD",
        Receipt("123", DELIVERED, word="DELIVRD"),
    ),
    "empty dates": (
        b"id:123 submit date: done date: stat:DELIVRD",
        Receipt("123", DELIVERED, word="DELIVRD"),
    ),
    "underscores": (
        STANDARD.replace(b"submit date", b"submit_date").replace(b"done date", b"done_date"),
        FULL,
    ),
    "underscores in real GSM 7-bit": (
        STANDARD.replace(b"submit date", b"submit\x11date").replace(b"done date", b"done\x11date"),
        FULL,
    ),
    "dates in one word": (
        STANDARD.replace(b"submit date", b"submitdate").replace(b"done date", b"donedate"),
        FULL,
    ),
    "all in capitals": (
        STANDARD.replace(b"Hello", b"").upper(),
        Receipt("123", DELIVERED, "000", AT, DONE, 1, 1, "DELIVRD"),
    ),
    "blanks after colons": (
        STANDARD.replace(b":", b": "),
        Receipt("123", DELIVERED, "000", AT, DONE, 1, 1, "DELIVRD", " Hello"),
    ),
    "equals signs": (
        b"id=123 stat=DELIVRD err=000",
        Receipt("123", DELIVERED, "000", word="DELIVRD"),
    ),
    "commas between": (
        b"id:123,sub:001,dlvrd:001," + DATES.replace(b" done", b",done") + b",stat:DELIVRD,err:000",
        Receipt("123", DELIVERED, "000", AT, DONE, 1, 1, "DELIVRD"),
    ),
    "lines": (
        b"id:123\r\nstat:EXPIRED\r\nerr:000\r\n",
        Receipt("123", EXPIRED, "000", word="EXPIRED"),
    ),
    "another order": (
        b"stat:UNDELIV err:027 id:00B8BE19 " + DATES + b" dlvrd:000 sub:001",
        Receipt("00B8BE19", UNDELIVERABLE, "027", AT, DONE, 1, 0, "UNDELIV"),
    ),
    "text before the rest": (
        b"id:123 text:Hello you stat:DELIVRD err:000",
        Receipt("123", DELIVERED, "000", word="DELIVRD", text="Hello you"),
    ),
    "four-digit error": (
        STANDARD.replace(b"err:000", b"err:1027"),
        Receipt("123", DELIVERED, "1027", AT, DONE, 1, 1, "DELIVRD", "Hello"),
    ),
    "hex error": (
        STANDARD.replace(b"err:000", b"err:0x1A"),
        Receipt("123", DELIVERED, "0x1A", AT, DONE, 1, 1, "DELIVRD", "Hello"),
    ),
    "error of two parts": (
        STANDARD.replace(b"err:000", b"err:3:27"),
        Receipt("123", DELIVERED, "3:27", AT, DONE, 1, 1, "DELIVRD", "Hello"),
    ),
    "no error": (
        STANDARD.replace(b" err:000", b""),
        Receipt("123", DELIVERED, "", AT, DONE, 1, 1, "DELIVRD", "Hello"),
    ),
    "empty error": (
        STANDARD.replace(b"err:000", b"err:"),
        Receipt("123", DELIVERED, "", AT, DONE, 1, 1, "DELIVRD", "Hello"),
    ),
    "counts of one digit": (
        STANDARD.replace(b"001", b"1"),
        FULL,
    ),
    "counts that are none": (
        STANDARD.replace(b"sub:001", b"sub:-").replace(b"dlvrd:001", b"dlvrd:"),
        Receipt("123", DELIVERED, "000", AT, DONE, None, None, "DELIVRD", "Hello"),
    ),
    "fields of the carrier's own": (
        b"id:123 sub:001 dlvrd:001 " + DATES + b" stat:DELIVRD err:000 op:26201 cost:0.01"
        b" text:Hello",
        FULL,
    ),
    "words of the carrier's own": (
        b"id:123 stat:DELIVRD (final) err:000 OK",
        Receipt("123", DELIVERED, "000", word="DELIVRD"),
    ),
    "other names": (
        b"message_id:123 status:FAILED error_code:12",
        Receipt("123", UNDELIVERABLE, "12", word="FAILED"),
    ),
    "id and state alone": (
        b"id:123 stat:ACCEPTD",
        Receipt("123", ReceiptState.ACCEPTED, word="ACCEPTD"),
    ),
    "state as a number": (
        b"id:123 stat:5 err:000",
        Receipt("123", UNDELIVERABLE, "000", word="5"),
    ),
    "state that nobody knows": (
        b"id:123 stat:MAYBE err:000",
        Receipt("123", UNKNOWN, "000", word="MAYBE"),
    ),
    "no state": (b"id:123 err:000", Receipt("123", UNKNOWN, "000")),
    "no id": (b"stat:DELIVRD err:000", Receipt("", DELIVERED, "000", word="DELIVRD")),
    "empty id": (b"id: stat:DELIVRD", Receipt("", DELIVERED, word="DELIVRD")),
    "uuid": (
        STANDARD.replace(b"123", b"0e99f1a2-7b6c-4d5e-8f90-a1b2c3d4e5f6", 1),
        Receipt(
            "0e99f1a2-7b6c-4d5e-8f90-a1b2c3d4e5f6",
            DELIVERED,
            "000",
            AT,
            DONE,
            1,
            1,
            "DELIVRD",
            "Hello",
        ),
    ),
    "UTF-16BE": (STANDARD.decode().encode("utf-16-be"), FULL),
    "UTF-16BE with a mark": (b"\xfe\xff" + STANDARD.decode().encode("utf-16-be"), FULL),
    "UTF-16BE ends in NUL": (STANDARD.decode().encode("utf-16-be") + b"\0", FULL),
    "UTF-16LE": (STANDARD.decode().encode("utf-16-le"), FULL),
    "UTF-16LE with a mark": (b"\xff\xfe" + STANDARD.decode().encode("utf-16-le"), FULL),
    "UTF-16BE with a Cyrillic text": (
        STANDARD.decode().replace("Hello", "Привет").encode("utf-16-be"),
        Receipt("123", DELIVERED, "000", AT, DONE, 1, 1, "DELIVRD", "Привет"),
    ),
    "the customer's text looks like a receipt": (
        STANDARD.replace(b"Hello", b"id:9 stat:REJECTD"),
        Receipt("123", DELIVERED, "000", AT, DONE, 1, 1, "DELIVRD", "id:9 stat:REJECTD"),
    ),
    "so it does in an odd receipt": (
        b"id:123 stat:DELIVRD text:id:9 stat:REJECTD err:001",
        Receipt("123", DELIVERED, word="DELIVRD", text="id:9 stat:REJECTD err:001"),
    ),
    "so it does before the real state": (
        b"id:123 text:stat:REJECTD id:9 stat:DELIVRD",
        Receipt("123", DELIVERED, word="DELIVRD", text="stat:REJECTD"),
    ),
    "the first of two": (b"id:123 id:9 stat:DELIVRD", Receipt("123", DELIVERED, word="DELIVRD")),
}


@pytest.mark.parametrize(("octets", "receipt"), SHAPES.values(), ids=SHAPES)
def test_pain_11_receipts_as_carriers_send_them(octets: bytes, receipt: Receipt) -> None:
    """Pain 11: read from the octets alone; a declared data_coding cannot mislead."""
    assert decode_receipt(octets) == receipt


STATES = {
    "DELIVRD": DELIVERED,
    "DELIVERED": DELIVERED,
    "Delivered": DELIVERED,
    "DELIVERD": DELIVERED,
    "DELIVRD.": DELIVERED,
    "DLVRD": DELIVERED,
    "EXPIRED": EXPIRED,
    "EXPIRD": EXPIRED,
    "DELETED": ReceiptState.DELETED,
    "CANCELED": ReceiptState.DELETED,
    "UNDELIV": UNDELIVERABLE,
    "UNDELIVERED": UNDELIVERABLE,
    "UNDELIVERABLE": UNDELIVERABLE,
    "NOT_DELIVERED": UNDELIVERABLE,
    "NOT DELIVERED": UNDELIVERABLE,
    "FAILED": UNDELIVERABLE,
    "ACCEPTD": ReceiptState.ACCEPTED,
    "ACCEPTED": ReceiptState.ACCEPTED,
    "UNKNOWN": UNKNOWN,
    "REJECTD": REJECTED,
    "REJECTED": REJECTED,
    "BLOCKED": REJECTED,
    "SENT": ENROUTE,
    "ENROUTE": ENROUTE,
    "EN_ROUTE": ENROUTE,
    "BUFFERED": ENROUTE,
    "SUBMITD": ENROUTE,
    "2": DELIVERED,
    "8": REJECTED,
    "9": UNKNOWN,
    "-": UNKNOWN,
}


@pytest.mark.parametrize(("word", "state"), STATES.items(), ids=STATES)
def test_words_for_states(word: str, state: ReceiptState) -> None:
    receipt = decode_receipt(f"id:1 stat:{word} err:000".encode())
    assert (receipt.id, receipt.state, receipt.error) == ("1", state, "000")


def test_pain_11_tlvs_win_over_the_text() -> None:
    """Pain 11: what the PDU says in TLVs counts; the text's own id is kept beside it."""
    receipt = decode_receipt(
        STANDARD,
        receipted_message_id=b"7B\0",
        message_state=5,
        network_error_code=b"\x03\x00\x1b",
    )
    assert receipt == Receipt(
        "7B", UNDELIVERABLE, "027", AT, DONE, 1, 1, "DELIVRD", "Hello", text_id="123"
    )


def test_tlvs_without_text() -> None:
    assert decode_receipt(b"", receipted_message_id="7B", message_state=2) == Receipt(
        "7B", DELIVERED
    )
    assert decode_receipt(b"", receipted_message_id="7B") == Receipt("7B", UNKNOWN)
    assert decode_receipt(b"no receipt", message_state=3) == Receipt("", EXPIRED)


TLVS_WITHOUT_SENSE: dict[str, tuple[bytes | None, int | None, bytes | None]] = {
    "absent": (None, None, None),
    "empty": (b"", 0, b""),
    "only NUL": (b"\0", 9, b"\x03\x00"),
    "too large": (b" \0", 255, b"\x03\x00\x00\x1b"),
}


@pytest.mark.parametrize(
    ("ref", "state", "error"), TLVS_WITHOUT_SENSE.values(), ids=TLVS_WITHOUT_SENSE
)
def test_tlvs_without_sense_leave_the_text(
    ref: bytes | None, state: int | None, error: bytes | None
) -> None:
    assert (
        decode_receipt(
            STANDARD, receipted_message_id=ref, message_state=state, network_error_code=error
        )
        == FULL
    )


def test_a_state_beyond_the_standard_is_unknown() -> None:
    assert decode_receipt(b"id:1", message_state=9) == Receipt("1", UNKNOWN)


@pytest.mark.parametrize("octets", [b"", b"Hello", b"err:1", "Привет".encode("utf-16-be")])
def test_what_is_no_receipt(octets: bytes) -> None:
    with pytest.raises(NotAReceipt, match="neither id nor state"):
        decode_receipt(octets)


@given(
    st.binary(max_size=160)
    | st.lists(
        st.sampled_from(
            [b"id:", b"stat:", b"text:", b"err:", b"sub:", b"done date:", b" ", b",", b"\x1c", b"7"]
        )
    ).map(b"".join),
    st.none() | st.binary(max_size=8),
    st.none() | st.integers(0, 255),
    st.none() | st.binary(max_size=4),
)
def test_pain_11_any_octets_give_a_receipt_or_the_error(
    octets: bytes, ref: bytes | None, state: int | None, error: bytes | None
) -> None:
    """Pain 11: nothing that a carrier sends as a receipt raises anything else."""
    try:
        receipt = decode_receipt(
            octets, receipted_message_id=ref, message_state=state, network_error_code=error
        )
    except NotAReceipt:
        return
    assert receipt.id == receipt.id.strip()


def test_write() -> None:
    written = encode_receipt(
        "123", DELIVERED, submitted_us=AT, done_us=DONE + 59_999_999, text=b"Hello"
    )
    assert written == STANDARD


def test_write_with_all_there_is() -> None:
    written = encode_receipt(
        "00B8BE19",
        UNDELIVERABLE,
        submitted_us=AT,
        done_us=DONE,
        error="27",
        segments_submitted=3,
        segments_delivered=2,
        text=b"The first twenty octets, no more",
    )
    assert written == (
        b"id:00B8BE19 sub:003 dlvrd:002 submit date:2503041530 done date:2503041531"
        b" stat:UNDELIV err:27 text:The first twenty oct"
    )


@given(
    st.from_regex(r"[0-9A-Za-z-]{1,40}", fullmatch=True),
    st.sampled_from(ReceiptState),
    st.integers(us(2000, 1, 1, 0, 0), us(2068, 12, 31, 23, 59)),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20),
)
def test_what_is_written_is_read(ref: str, state: ReceiptState, at_us: int, text: str) -> None:
    minute_us = at_us - at_us % 60_000_000
    octets = encode_receipt(ref, state, submitted_us=at_us, done_us=at_us, text=text.encode())
    delivered = 1 if state is DELIVERED else 0
    assert decode_receipt(octets) == Receipt(
        ref, state, "000", minute_us, minute_us, 1, delivered, WORDS[state], text
    )

"""One message's whole life as lines in the order in which it happened.

Pure: what the store knows comes in, words go out.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from dragoman.cli.screen import clock
from dragoman.core.dispatch import shifts_of
from dragoman.core.worldfile.sorts import render_amount
from dragoman.model.extras import FIELDS, MOST_SWAPS, Swap, parse_extras
from dragoman.model.messages import FLASH, QUIET, RAW, WANTS_RECEIPT, Message, SegmentRow
from dragoman.model.states import FINAL, State
from dragoman.model.submissions import Alphabet
from dragoman.protocols.smpp.statuses import status_meaning, status_name
from dragoman.sms import national
from dragoman.store.queries import Life

ALPHABETS = {
    Alphabet.GSM7: "GSM 7-bit",
    Alphabet.BINARY: "8-bit",
    Alphabet.UCS2: "UCS-2",
    Alphabet.LATIN1: "Latin-1",
}
TEXT_SHOWN = 40  # characters of a text that stand on its line
REF_SHOWN = 64  # of a carrier's id: all that SMPP allows, and not the thousands that one may send


class Line(msgspec.Struct, frozen=True):
    """One thing that happened, or (without an instant) what is awaited now."""

    at_us: int
    what: str
    words: str


class Names(msgspec.Struct, frozen=True):
    """What ids are called: accounts with their currency, and carriers."""

    accounts: Mapping[int, tuple[str, str]]
    carriers: Mapping[int, str]

    def account(self, account_id: int) -> str:
        """Give an account's name."""
        return self.accounts.get(account_id, (f"account {account_id}", ""))[0]

    def money(self, account_id: int, amount_u: int) -> str:
        """Give an amount with the account's currency."""
        currency = self.accounts.get(account_id, ("", ""))[1]
        return f"{render_amount(amount_u)} {currency}".rstrip()

    def carrier(self, carrier_id: int) -> str:
        """Give a carrier's name."""
        return self.carriers.get(carrier_id, f"carrier {carrier_id}")


def timeline(life: Life, names: Names, waits: str = "") -> list[Line]:
    """Give the lines of a life; `waits` says what an unfinished one waits for."""
    message = life.message
    lines = [*_acceptance(life, names), *_segments(life, names)]
    lines += [Line(event.at_us, event.kind, event.text) for event in life.events]
    lines += [
        Line(
            entry.at_us,
            entry.kind,
            f"{names.money(message.account_id, entry.amount_u)} given back,"
            f" balance {names.money(message.account_id, entry.balance_u)}",
        )
        for entry in life.entries
    ]
    lines.sort(key=lambda line: line.at_us)
    state = State(message.state)
    words = f"{state.word}{f': {message.detail}' if message.detail else ''}"
    if state in FINAL:
        return [*lines, Line(message.changed_us, "end", words)]
    return [*lines, Line(0, "now", f"{words}{f', {waits}' if waits else ''}")]


def _acceptance(life: Life, names: Names) -> Iterator[Line]:
    message = life.message
    at_us = message.accepted_us
    extras = [
        word
        for flag, word in ((FLASH, "flash"), (WANTS_RECEIPT, "receipt wanted"))
        if message.flags & flag
    ]
    if message.priority:
        extras.append(f"priority {message.priority}")
    yield Line(
        at_us,
        "request",
        f"{message.dialect}, {names.account(message.account_id)} to {_recipient(message)}"
        f"{f' from {message.sender}' if message.sender else ''}: {_content(message)}",
    )
    yield Line(
        at_us,
        "text",
        ", ".join(
            [
                alphabet_words(message.alphabet, shifts_of(message)),
                _size(message),
                counted(message.segments, "segment"),
                *extras,
            ]
        ),
    )
    told = parse_extras(message.extras)
    if told.replaced:
        yield Line(at_us, "replaced", swap_words(told.replaced))
    if registered := [f"{name} {value}" for name in FIELDS if (value := getattr(told, name))]:
        yield Line(at_us, "registered", ", ".join(registered))
    price = names.money(message.account_id, message.price_u)
    charge = names.money(message.account_id, message.charge_u)
    words = f"{message.charged} × {price} = {charge}" if message.charge_u else "nothing charged"
    yield Line(at_us, "price", words)
    yield from _first_hour(life)
    if message.carrier_id:
        yield Line(at_us, "route", names.carrier(message.carrier_id))


def _first_hour(life: Life) -> Iterator[Line]:
    """Give when a scheduled message was to leave at first; later hours are events."""
    message = life.message
    if not message.due_us or message.flags & QUIET:
        return
    changed = next((event.text for event in life.events if event.kind == "reschedule"), "")
    hour = changed.removeprefix("from ").partition(" to ")[0] or clock(message.due_us)
    yield Line(message.accepted_us, "schedule", f"to leave at {hour}")


def swap_words(swaps: Sequence[Swap]) -> str:
    """Give which characters were replaced, and by what; what cannot be seen by its number."""
    words = [
        f"{_visible(character)} by {plain!r}" if plain else f"{_visible(character)} left out"
        for character, plain in swaps
    ]
    return ", ".join([*words, *(["and more"] if len(swaps) >= MOST_SWAPS else [])])


def _visible(character: str) -> str:
    return character if character.isprintable() else " ".join(f"U+{ord(c):04X}" for c in character)


def alphabet_words(alphabet: int, shifts: national.Shifts) -> str:
    """Give the alphabet, with the national tables that the text is written in."""
    named = [f"{language.name.title()} {kind} shift" for kind, language in shifts.named().items()]
    tables = f" with {' and '.join(named)}" if named else ""
    return ALPHABETS[Alphabet(alphabet)] + tables


def _recipient(message: Message) -> str:
    """Give the number, or what was sent in its place and is none."""
    return f"+{message.recipient}" if message.recipient.isdecimal() else quoted(message.recipient)


def _content(message: Message) -> str:
    """Give the text; of octets, what they say to people, or else themselves."""
    if message.text or not message.flags & RAW:
        return quoted(message.text)
    digits = (message.octets or b"").hex()
    return digits if len(digits) <= TEXT_SHOWN else f"{digits[: TEXT_SHOWN - 3]}..."


def _size(message: Message) -> str:
    if not message.flags & RAW:
        return counted(len(message.text), "character")
    octets = counted(len(message.octets or b""), "octet")
    return f"{octets} behind header {message.udh.hex()}" if message.udh else octets


def _segments(life: Life, names: Names) -> Iterator[Line]:
    for row in life.segments:
        number = f"{row.id & 0xFF}/{life.message.segments}"
        carrier = names.carrier(row.carrier_id)
        if row.state == State.REJECTED and not (row.status or row.ref):
            yield Line(row.answered_us, "unsendable", f"segment {number} not sent to {carrier}")
            continue
        if row.submitted_us:
            yield Line(row.submitted_us, "submit_sm", f"segment {number} to {carrier}")
        if row.answered_us:
            yield Line(row.answered_us, "submit_sm_resp", f"segment {number}: {_answer(row)}")
        if row.receipt_us:
            code = f", error {cut(row.error)}" if row.error.strip("0") else ""
            words = f"segment {number} {State(row.state).word}{code}"
            yield Line(row.receipt_us, "receipt", words)


def _answer(row: SegmentRow) -> str:
    if row.ref:
        return f"{status_name(row.status)}, id {cut(row.ref, REF_SHOWN)}"
    if row.status:
        return f"{status_name(row.status)}, {status_meaning(row.status)}"
    return "no answer in time" if row.state == State.UNKNOWN else status_name(row.status)


def quoted(text: str) -> str:
    """Give a text in quotes, on one line, cut short."""
    return f'"{cut(text)}"'


def cut(text: str, most: int = TEXT_SHOWN) -> str:
    """Give what a customer or a carrier wrote on one line, cut short."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 3]}..."


def counted(count: int, noun: str) -> str:
    """Give a count with its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"

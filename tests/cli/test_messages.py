"""`send` and `status` over the store alone, with no gateway to take what waits."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dragoman.dialects import intellisoftware, unified
from dragoman.model.messages import RAW
from dragoman.sms.wap import PUSH_UDH, encode_push
from dragoman.store import hot
from dragoman.store.database import open_database
from tests.cli.conftest import Run
from tests.store.rows import a_message

LIFE = """\
message 1  queued
  YYYY-MM-DD hh:mm:ss.mmm  request        cli, alice to +447700900123 from ACME: "Hello"
  YYYY-MM-DD hh:mm:ss.mmm  text           GSM 7-bit, 5 characters, 1 segment, receipt wanted
  YYYY-MM-DD hh:mm:ss.mmm  price          1 × 0.057 EUR = 0.057 EUR
  YYYY-MM-DD hh:mm:ss.mmm  route          main
                           now            queued, the gateway is not running; start it with \
`dragoman serve`
"""


def test_a_text_is_accepted_charged_and_told(run: Run, world: Path) -> None:
    sent = run("send", "alice", "07700 900123", "Hello", "--from", "ACME")
    assert (sent.code, sent.err) == (0, "")
    assert sent.out == ("1  +447700900123  1 segment, 0.057 EUR\nfollow with: dragoman status 1\n")
    assert run("balance", "alice").out == "9.943 EUR\n"
    assert run("account", "check").code == 0
    assert run("status", "1").steady == LIFE


def test_a_text_has_its_own_priority_and_validity(run: Run, world: Path) -> None:
    run("send", "alice", "+447700900123", "Hello", "--priority", "3", "--validity", "600")
    [told] = msgspec.convert(run("status", "1", "--json").json(), list[dict[str, Any]])
    assert told["timeline"][1]["words"].endswith("1 segment, receipt wanted, priority 3")
    assert told["priority"] == 3
    assert told["expires"] > told["accepted"]


IDS = {
    "as a number": "1",
    "as unified shows it": unified.render_id(1),
    "as unified shows it, shouted": unified.render_id(1).upper(),
    "as intellisoftware shows its request": intellisoftware.render_id(1),
}


def test_a_message_is_found_by_whatever_id_its_customer_knows(run: Run, world: Path) -> None:
    run("send", "alice", "+447700900123", "Hello", "--from", "ACME")
    for label, ref in IDS.items():
        assert run("status", ref).steady == LIFE, label


def test_what_is_no_text_is_told_in_hexadecimal(run: Run, world: Path, sqlite_url: str) -> None:
    octets = encode_push("Look", "http://e.uk")
    row = a_message(9, text="Look\nhttp://e.uk", alphabet=1, flags=RAW)
    row.udh, row.octets = PUSH_UDH, octets

    async def put() -> None:
        database = await open_database(sqlite_url)
        async with database.transaction() as tx:
            await hot.insert_messages(tx, [row])
        await database.close()

    asyncio.run(put())
    told = run("status", "9", "--json").json()
    assert isinstance(told, list)
    assert {name: told[0][name] for name in ("text", "udh", "octets")} == {
        "text": "Look\nhttp://e.uk",
        "udh": "0605040b8423f0",
        "octets": octets.hex(),
    }
    assert told[0]["timeline"][1]["words"] == (
        f"8-bit, {len(octets)} octets behind header 0605040b8423f0, 1 segment"
    )


def test_several_recipients_are_one_request(run: Run, world: Path) -> None:
    sent = run("send", "alice", "+447700900123,+447700900124", "Grüße", "--json")
    assert sent.json() == {
        "messages": [
            {"id": 1, "recipient": "447700900123", "segments": 1},
            {"id": 2, "recipient": "447700900124", "segments": 1},
        ],
        "refused": [],
    }
    told = run("status", intellisoftware.render_id(1), "--json").json()
    assert isinstance(told, list)
    assert [life["recipient"] for life in told] == ["447700900123", "447700900124"]
    assert told[0]["uuid"] == unified.render_id(1)
    assert [line["what"] for line in told[0]["timeline"]] == [
        "request",
        "text",
        "price",
        "route",
        "now",
    ]


def test_a_bad_recipient_among_good_ones_is_told_and_not_hidden(run: Run, world: Path) -> None:
    sent = run("send", "alice", "+447700900123,12", "Hello")
    assert sent.code == 1
    assert sent.out.splitlines()[1] == ("refused  12: bad destination (write it as +447700900123)")


def test_a_text_may_come_from_stdin(run: Run, world: Path) -> None:
    """The line end that `echo` adds is no part of it; others are."""
    for text in ("from a pipe", "from a pipe\n", "from a pipe\r\n"):
        run("send", "alice", "+447700900123", "-", stdin=text)
    run("send", "alice", "+447700900123", "-", stdin="two\nlines\n\n")
    texts = [stored(run, number) for number in (1, 2, 3, 4)]
    assert texts == ["from a pipe"] * 3 + ["two\nlines\n"]


def stored(run: Run, number: int) -> str:
    messages = run("status", str(number), "--json").json()
    assert isinstance(messages, list)
    return str(messages[0]["text"])


REFUSED = {
    "no such account": (
        ["alise", "+447700900123", "x"],
        "there is no account 'alise'; did you mean 'alice'?",
        [],
    ),
    "an account that is off": (
        ["bob", "+447700900123", "x"],
        "refused: account disabled (enabled or expires in the world file say so)",
        [],
    ),
    "no number": (
        ["alice", "12", "x"],
        "refused, and nothing was sent",
        ["12: bad destination (write it as +447700900123)"],
    ),
    "no price": (
        ["alice", "+33612345678", "x"],
        "refused, and nothing was sent",
        ["+33612345678: no price (no [[price]] of the world file covers it)"],
    ),
    "no recipient": (["alice", " , ", "x"], "there is no recipient", []),
    "too long": (
        ["alice", "+447700900123", "x" * 1600],
        "refused: too long (see max_parts of the account in the world file)",
        [],
    ),
    "too dear": (
        ["alice", ",".join(f"+4477009{number:05}" for number in range(200)), "x"],
        (
            "refused: insufficient credit; it costs 11.40, and 10.00 may be spent:"
            " `dragoman account credit alice AMOUNT`"
        ),
        [],
    ),
}


@pytest.mark.parametrize(("arguments", "words", "problems"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_says_why_and_costs_nothing(
    run: Run, world: Path, arguments: list[str], words: str, problems: list[str]
) -> None:
    result = run("send", *arguments, "--json")
    assert (result.code, result.json()) == (1, {"error": words, "problems": problems})
    assert run("balance", "alice").out == "10.00 EUR\n"
    assert run("queue").out == "nothing waits\n"


UNKNOWN = {
    "a number": "99",
    "no id at all": "what?",
    "another's UUID": "00000000-d7a6-8000-8000-000000000001",
    "twenty digits of nobody": "10010000000000000009",
    "beyond all ids": "9" * 30,
}


@pytest.mark.parametrize("ref", UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_id_is_told_what_ids_look_like(run: Run, world: Path, ref: str) -> None:
    result = run("status", ref)
    assert (result.code, result.err) == (
        1,
        (
            f"dragoman: there is no message {ref!r}; ids are numbers, unified's UUIDs, or the 20"
            " digits of intellisoftware\n"
        ),
    )


def test_waiting_for_the_end_of_what_nobody_sends_ends_too(run: Run, world: Path) -> None:
    sent = run("send", "alice", "+447700900123", "Hello", "--wait", "--timeout", "0.3")
    assert sent.code == 1
    assert sent.out.splitlines()[0] == "message 1  queued"
    assert sent.out.splitlines()[-1] == "note: 1 message not ended after 0.3 s"

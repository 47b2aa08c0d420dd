"""What a customer wrote is what a handset shows, and what does not fit is refused in words."""

import asyncio
import json
import unicodedata
from random import Random
from urllib.parse import quote, urlencode

import pytest

from dragoman.carriers.simulator.control import on_screen
from dragoman.model.states import State
from dragoman.protocols.smpp.tlvs import find
from tests.flow.customer import SEND, itec
from tests.flow.house import House, house

TO = "447700900001"
LONGEST = {"account.alice": {"max_parts": 255}}


def number(index: int) -> str:
    return f"4477009{index:05d}"


async def show(here: House, texts: list[str]) -> list[str]:
    """Send each text to a handset of its own; give what they show."""
    async with here.customer() as one:
        for index, text in enumerate(texts):
            await one.send(number(index), text)
    await here.until_tally({State.DELIVERED: len(texts)})
    shown = [here.smsc.screen(number(index)) for index in range(len(texts))]
    assert {len(messages) for messages in shown} == {1}
    return [messages[0].text for messages in shown]


async def test_pain_28_every_character_of_plane_0(sqlite_url: str) -> None:
    """All but the halves of pairs and the characters that end a line or a C string."""
    left_out = {0x0000, 0x000D, *range(0xD800, 0xE000)}
    characters = [chr(c) for c in range(0x10000) if c not in left_out]
    texts = ["x" + "".join(characters[i : i + 4000]) + "x" for i in range(0, 63_500, 4000)]
    async with house(sqlite_url, changes=LONGEST) as here:
        assert await show(here, texts) == texts


async def test_pain_28_characters_beyond_plane_0(sqlite_url: str) -> None:
    emoji = "".join(chr(c) for c in range(0x1F300, 0x1FAFF) if unicodedata.category(chr(c)) == "So")
    flags = "🇷🇼🇮🇹🇬🇧👩‍👩‍👧‍👦🏴󠁧󠁢󠁷󠁬󠁳󠁿"
    texts = [emoji, flags, "a" + emoji, "𝔊𝔬𝔱𝔥𝔦𝔠" * 40]
    async with house(sqlite_url, changes=LONGEST) as here:
        assert await show(here, texts) == texts


@pytest.mark.parametrize("alphabet", ["GSM 7-bit", "with escapes", "UCS-2", "pairs"])
async def test_pain_30_lengths_from_60_to_1600(sqlite_url: str, alphabet: str) -> None:
    """However long: nothing is lost where segments meet, no escape and no pair is parted."""
    letters = {
        "GSM 7-bit": "abcåäö ΔΦ?1",
        "with escapes": "a€b[c]{^",
        "UCS-2": "жàб漢",
        "pairs": "😀a😁ж",
    }[alphabet]
    random = Random(30)
    texts = ["".join(random.choices(letters, k=length)) for length in range(60, 1601, 22)]
    async with house(sqlite_url, changes=LONGEST) as here:
        assert await show(here, texts) == texts


async def test_a_line_end_travels_as_one(sqlite_url: str) -> None:
    async with house(sqlite_url) as here:
        assert await show(here, ["one\r\ntwo"]) == ["one\ntwo"]


FORMS = {
    "GSM 7-bit": ("Hello", 0x00),
    "UCS-2": ("Привет", 0x08),
    "extension only": ("€", 0x00),
}


@pytest.mark.parametrize(("text", "data_coding"), FORMS.values(), ids=FORMS)
async def test_the_alphabet_is_our_choice(sqlite_url: str, text: str, data_coding: int) -> None:
    async with house(sqlite_url) as here:
        await here.send(TO, text)
        await here.smsc.wait_for(1)
        assert here.smsc.received[0].pdu.data_coding == data_coding


async def test_pain_35_optional_parameters_of_a_carrier(sqlite_url: str) -> None:
    """What one carrier wants beside the standard's: fixed, or a field of the message."""
    tlvs = [
        {"tag": 0x1400, "value": "1101456700000000001"},
        {"tag": 0x1401, "value": "0a0b", "form": "octets"},
        {"tag": 0x1402, "field": "recipient"},
        {"tag": 0x1403, "field": "message_id", "form": "number", "length": 8},
    ]
    async with house(sqlite_url, changes={"carrier.main": {"tlvs": tlvs}}) as here:
        [message_id] = await here.send(TO)
        await here.until_state(message_id, State.DELIVERED)
        sent = here.smsc.received[0].pdu.tlvs
        assert [find(sent, tlv["tag"]) for tlv in tlvs] == [  # type: ignore[arg-type]
            b"1101456700000000001\0",
            b"\x0a\x0b",
            TO.encode() + b"\0",
            message_id.to_bytes(8, "big"),
        ]


REGISTERED = [
    {"tag": 0x1400, "field": "entityid"},
    {"tag": 0x1401, "field": "tempid"},
]


async def test_pain_35_the_template_of_unified_reaches_the_pdu(engine: str) -> None:
    """The ids that India's carriers demand: from the customer's request to the carrier's TLVs."""
    ids = {"entityid": "1101456700000012345", "tempid": "1107167800000098765"}
    fields = {"username": "alice", "password": "secret", "type": "0", "dlr": "1", "source": "ACME"}
    long = {**fields, "destination": TO, "message": "Your code is 4711. " * 10}
    async with house(engine, changes={"carrier.main": {"tlvs": REGISTERED}}) as here:
        async with here.customer() as one:
            for more in (ids, {}, {"entityid": "soon", "tempid": ids["tempid"]}):
                answer = await one.get("/bulksms/bulksms?" + urlencode({**long, **more}))
                assert answer.text.startswith("1701|")
        await here.until_tally({State.DELIVERED: 3})
        sent = [received.pdu for received in here.smsc.received]
        first, second, third = here.smsc.screen(TO)
    entityid, tempid = (ids[name].encode() + b"\0" for name in ("entityid", "tempid"))
    # In both segments of the first message; a message without ids has no empty ones.
    assert [pdu.tlvs for pdu in sent] == [
        *2 * [((0x1400, entityid), (0x1401, tempid))],
        *2 * [()],
        *2 * [((0x1401, tempid),)],
    ]
    assert on_screen(first)["tlvs"] == {"0x1400": ids["entityid"], "0x1401": ids["tempid"]}
    assert "tlvs" not in on_screen(second)
    assert on_screen(third)["tlvs"] == {"0x1401": ids["tempid"]}


async def test_an_id_waits_on_disk_with_its_message(engine: str) -> None:
    """What is sent after a restart has what the customer wrote."""
    fields = {"username": "alice", "password": "secret", "type": "0", "dlr": "1", "source": "ACME"}
    more = {"destination": TO, "message": "Hello", "tempid": "1107"}
    changes = {"carrier.main": {"tlvs": REGISTERED}}
    async with house(engine, changes=changes, is_up=False) as here:
        async with here.customer() as one:
            await one.get("/bulksms/bulksms?" + urlencode({**fields, **more}))
        await here.stop()
        await here.start()
        await here.smsc.start()
        await here.until_tally({State.DELIVERED: 1})
        assert [received.pdu.tlvs for received in here.smsc.received] == [((0x1401, b"1107\0"),)]


async def test_pain_29_fuzzed_bodies_disturb_nobody(engine: str) -> None:
    """Thousands of broken requests: each is answered, and a good customer notices nothing."""
    random = Random(29)
    vandals, rounds = 4, 750
    async with house(engine) as here, here.customer() as good:

        async def vandalise(seed: int) -> None:
            dice = Random(seed)
            async with here.customer() as bad:
                for _ in range(rounds):
                    answer = await bad.ask("POST", *spoilt(dice))
                    assert answer.status in {200, 400, 404}, answer

        tasks = [asyncio.create_task(vandalise(random.randrange(1 << 30))) for _ in range(vandals)]
        sent = 0
        while not all(task.done() for task in tasks):
            assert len(await good.send(TO)) == 1
            sent += 1
        await asyncio.gather(*tasks)
        assert here.node.counters.commits_failed == 0
        recipients = [message.recipient for message in await here.messages()]
        assert recipients.count(TO) == sent > 0
        assert len(recipients) - sent > 10  # some of what is spoilt is good enough
        assert await here.discrepancies() == []


TARGETS = {
    SEND: "recipients",
    "/api/sendsms/.json": "recipients",
    "/api/getsmsstatus/.json": "messageid",
    "/itec/api/getsmsstatus": "messageid",
    "/bulksms/bulksms": "destination",
    "/smsgateway/sendmsg.aspx": "to",
    "/smsgateway/getbalance.aspx": "to",
    "/sendsms/": "destination",
    "/smsstatus/": "SMSId",
    "/account-balance/": "countryprefix",
}


def spoilt(dice: Random) -> tuple[str, dict[str, str], bytes]:
    """Give a request of which something is not as it should be: target, headers, body."""
    target, name = dice.choice(list(TARGETS.items()))
    odd = "".join(chr(dice.randrange(0x300)) for _ in range(dice.randrange(12)))
    fields = {
        "username": "alice",
        "password": "secret",
        "type": dice.choice("0256"),
        "dlr": "1",
        "source": "Dragoman",
        "sender": "Dragoman",
        "message": "Hello" + odd,
        "text": "Hello" + odd,
        "hex": "0041",
        name: dice.choice(["447700900999", "-1", "9" * 40, odd, "1e9", "0x10", "４４７"]),
    }
    fields[dice.choice(list(fields))] = odd
    if dice.random() < 0.5:
        body = json.dumps(fields, ensure_ascii=dice.random() < 0.5).encode()
        kind = "application/json"
    else:
        body = "&".join(f"{key}={quote(value)}" for key, value in fields.items()).encode()
        kind = "application/x-www-form-urlencoded"
    octets = bytearray(body)
    for _ in range(dice.randrange(4)):
        octets[dice.randrange(len(octets))] = dice.randrange(256)
    return target, {"content-type": kind}, bytes(octets)


async def test_pain_29_half_a_pair(engine: str) -> None:
    """What is no character is refused before it meets anybody else's message in a group."""
    async with house(engine) as here, here.customer() as one:
        answer = await one.post_json(SEND, itec(TO, "a\ud800b"))
        assert answer.status == 400
        assert b"Invalid request body" in answer.body
        assert here.node.counters.commits_failed == 0

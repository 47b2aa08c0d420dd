"""National language tables, from an account's key to what a phone shows, and what they save."""

from pathlib import Path
from urllib.parse import urlencode

import pytest
from gsmcodecs.charmaps import GSMCHARMAPS

from dragoman.carriers.simulator.handsets import Shown
from dragoman.carriers.simulator.options import SmscOptions
from dragoman.carriers.simulator.smsc import Smsc
from dragoman.model.states import State
from dragoman.net.clock import LoopClock
from dragoman.protocols.smpp.statuses import CommandStatus
from dragoman.sms.alphabets import BASIC
from dragoman.sms.national import Shifts
from dragoman.sms.national_tables import Language
from tests.flow.house import WORLD, House, house, wall_us
from tests.flow.worlds import changed
from tests.sms.phones import tables_seen

TO = "447700900001"
UNIT = 1_000_000
TURKISH = Shifts(single=Language.TURKISH)
BOTH = {"account.alice": {"languages": ["*"]}, "carrier.main": {"languages": ["*"]}}

# A text of each language, how many segments it takes with tables, and without them.
TEXTS = {
    "Turkish": (
        "Kargonuz yarın şubemize ulaşıyor, lütfen kimliğinizle geliniz. Teşekkürler.",
        1,
        2,
    ),
    "Turkish, long": (
        "Çağrınız için teşekkürler; görüşmek üzere, iyi günler dileriz. İşçi " * 4,
        2,
        5,
    ),
    "Spanish": (
        "Su pedido llegará mañana a última hora: esté atento al móvil, por favor. Adiós",
        1,
        2,
    ),
    "Portuguese": (
        "A sua encomenda não será entregue amanhã; às três ligaremos a você. Até já!",
        1,
        2,
    ),
    "Hindi": ("आपका पार्सल कल सुबह तक आपके पते पर पहुँच जाएगा। कृपया घर पर रहें। धन्यवाद! नमस्ते", 1, 2),
    "Tamil": ("உங்கள் பார்சல் நாளை காலை வந்து சேரும். தயவுசெய்து வீட்டில் இருங்கள். நன்றி வணக்கம்.", 1, 2),
    "Urdu": (
        "آپ کا پارسل کل صبح تک آپ کو ملے گا۔ براہ کرم گھر پر رہیں۔ شکریہ، اللہ حافظ۔ خوش رہیں",
        1,
        2,
    ),
    "no table holds it": ("Ваша посылка прибудет завтра утром, будьте дома: " * 2, 2, 2),
    "nothing to save": ("Merhaba, görüşürüz", 1, 1),
}


@pytest.mark.parametrize(("text", "segments", "without"), TEXTS.values(), ids=TEXTS)
async def test_pain_31_price_with_and_without_tables(
    engine: str, tmp_path: Path, text: str, segments: int, without: int
) -> None:
    """Pain 31: what it costs either way, and that the phone shows the same."""
    async with house(engine, changes=BOTH) as here:
        assert await charged(here, text) == segments
        with_tables = await shown(here)
        received = [received.pdu.short_message for received in here.smsc.received]
        await here.apply(changed(WORLD, {**BOTH, "account.alice": {"languages": []}}))
        assert await charged(here, text) == without
        assert await here.discrepancies() == []
        plain = await shown(here)
    assert with_tables.text == plain.text == text
    assert with_tables.segments == segments
    assert (with_tables.shifts == Shifts()) == (segments == without)
    if with_tables.shifts != Shifts():
        assert "".join(elsewhere(received, tmp_path)) == text


async def charged(here: House, text: str) -> int:
    """Send a text; give what it was charged, at one a segment, when it has arrived."""
    before_u = await here.balance_u()
    [message_id] = await here.send(TO, text)
    message = await here.until_state(message_id, State.DELIVERED)
    assert before_u - await here.balance_u() == message.charge_u == message.segments * UNIT
    return message.segments


async def shown(here: House) -> Shown:
    """Give what the phone showed last."""
    return here.smsc.screen(TO)[-1]


def elsewhere(user_data: list[bytes], folder: Path) -> list[str]:
    """Read segments as strangers do: tshark says which tables, gsmcodecs has their characters."""
    return [
        read(octets[1 + octets[0] :], locking, single)
        for octets, (locking, single) in zip(user_data, tables_seen(user_data, folder), strict=True)
    ]


def read(septets: bytes, locking: int, single: int) -> str:
    main = (
        GSMCHARMAPS[locking]["locking"]["decode"] if locking else dict(enumerate(map(ord, BASIC)))
    )
    extension = GSMCHARMAPS[single]["singleShift"]["decode"] if single else {}
    codes = iter(septets)
    return "".join(chr(extension[next(codes)] if code == 0x1B else main[code]) for code in codes)


async def enquire(here: House, message_id: int) -> str:
    """Ask as a customer of Inviosmart, whose answer ends in segments and charge."""
    login = f"username=alice&password=secret&SMSId={message_id}"
    async with here.customer() as one:
        return (await one.get(f"/smsstatus/?{login}")).text


OFF = {
    "nobody": {},
    "only the account": {"account.alice": {"languages": ["tr"]}},
    "only the carrier": {"carrier.main": {"languages": ["tr"]}},
    "not the same": {
        "account.alice": {"languages": ["tr"]},
        "carrier.main": {"languages": ["es", "pt"]},
    },
}


@pytest.mark.parametrize("changes", OFF.values(), ids=OFF)
async def test_tables_are_used_only_where_account_and_carrier_allow_them(
    sqlite_url: str, changes: dict[str, dict[str, object]]
) -> None:
    async with house(sqlite_url, changes=changes) as here:
        assert await charged(here, TEXTS["Turkish"][0]) == 2
        assert (await shown(here)).shifts == Shifts()


async def test_a_type_that_names_unicode_may_be_spared_it(sqlite_url: str) -> None:
    """Unified can say Turkish in no other way; the allowance is the customer's own."""
    text = TEXTS["Turkish"][0]
    fields = {"username": "alice", "password": "secret", "type": "6", "dlr": "1"}
    fields |= {"destination": TO, "source": "Dragoman", "message": text}
    async with house(sqlite_url, changes=BOTH) as here, here.customer() as one:
        answer = await one.get("/bulksms/bulksms?" + urlencode(fields))
        assert answer.text.startswith("1701|")
        await here.until_tally({State.DELIVERED: 1})
        seen = await shown(here)
    assert (seen.text, seen.shifts, seen.segments, seen.is_flash) == (text, TURKISH, 1, True)


SPARE = """
[[carrier]]
name = "spare"
kind = "smpp"
host = "127.0.0.1"
port = {port}
system_id = "dragoman"
password = "secret"

[[route]]
prefix = ""
carrier = "spare"
"""


async def test_another_carrier_without_tables_gets_unicode_at_the_same_charge(engine: str) -> None:
    """What was charged is what was told; the text arrives, in more segments."""
    text = TEXTS["Turkish, long"][0][:140]
    spare = Smsc(SmscOptions(), LoopClock(wall_us))
    await spare.start()
    world = WORLD.replace("[[price]]", SPARE.format(port=spare.port) + "\n[[price]]")
    try:
        async with house(engine, world, changes=BOTH) as here:
            here.smsc.faults.fail_every = 1
            here.smsc.faults.fail_status = int(CommandStatus.ESME_RSYSERR)
            [message_id] = await here.send(TO, text)
            message = await here.until_state(message_id, State.DELIVERED)
            life = await here.life(message_id)
            assert (message.segments, message.charge_u) == (3, 1 * UNIT)
            assert await here.discrepancies() == []
            assert (
                "recut",
                "carrier spare takes no national table of this text; 3 segments, charge unchanged",
            ) in [(e.kind, e.text) for e in life.events]
            [seen] = spare.screen(TO)
            assert (seen.text, seen.segments, seen.shifts) == (text, 3, Shifts())
            status = await enquire(here, message_id)
            assert status.split(":")[-2:] == ["1", "1.0"]  # what was charged, and for how many
    finally:
        await spare.stop()


async def test_a_carrier_that_no_longer_allows_tables_gets_unicode(engine: str) -> None:
    """What waits on disk is cut for the carrier as it is when its turn comes."""
    text, segments, without = TEXTS["Turkish, long"]
    async with house(engine, changes=BOTH, is_up=False) as here:
        [message_id] = await here.send(TO, text)
        assert (await here.message(message_id)).segments == segments
        await here.apply(changed(WORLD, {**BOTH, "carrier.main": {"languages": []}}))
        await here.smsc.start()
        message = await here.until_state(message_id, State.DELIVERED)
        assert (message.segments, message.charge_u) == (without, segments * UNIT)
        assert (await shown(here)).text == text
        assert await here.discrepancies() == []

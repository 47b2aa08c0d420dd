"""What a phone shows of the worked examples: through the whole gateway to a handset and back."""

import dataclasses
from types import ModuleType

import pytest

from dragoman.carriers.simulator.handsets import Shown
from dragoman.cli.contents import Form
from dragoman.cli.frame import Opened
from dragoman.cli.messages import Wish, send
from dragoman.config import Config
from dragoman.model.states import State
from dragoman.sms.wap import Load, Push
from dragoman.store.database import open_database
from tests.flow import examples_intellisoftware, examples_unified
from tests.flow.examples import Row, Screen
from tests.flow.house import SMSC_PORT, house
from tests.flow.test_examples import ask, check_answer, furnish

EXAMPLES = {
    f"{examples.__name__.rpartition('_')[2]}: {label}": (examples, row)
    for examples in (examples_unified, examples_intellisoftware)
    for label, row in examples.ROWS.items()
    if row.shown is not None
}


@pytest.mark.parametrize(("examples", "row"), EXAMPLES.values(), ids=EXAMPLES)
async def test_worked_example_at_the_handset(engine: str, examples: ModuleType, row: Row) -> None:
    database = await open_database(engine)
    reached = {**row.changes, "carrier.main": {"port": SMSC_PORT}}
    await furnish(database, examples, dataclasses.replace(row, changes=reached))
    await database.close()
    async with house(engine, None, clock_us=lambda: examples.CLOCK_US) as here:
        check_answer(await ask(here, row), row)
        messages = await here.messages()
        assert messages
        for message in messages:
            await here.until_state(message.id, State.DELIVERED)
            [shown] = here.smsc.screen(message.recipient)
            assert seen(shown) == row.shown
            assert shown.segments == message.segments


def seen(shown: Shown) -> Screen:
    is_text = shown.ports is None and shown.text != shown.octets.hex()
    return Screen(
        text=shown.text,
        is_flash=shown.is_flash,
        port=shown.ports.destination if shown.ports else None,
        octets=b"" if is_text else shown.octets,
        title=shown.push.title if shown.push else "",
        link=shown.push.href if shown.push else "",
    )


async def test_octets_that_a_customer_numbered_are_one_message_on_the_handset(engine: str) -> None:
    """Ports and concatenation elements travel as the customer wrote them."""
    ask_one = examples_intellisoftware.get
    fields = {**examples_intellisoftware.BINARY, "to": "44771012345"}
    rows = [
        ask_one({**fields, "udh": f"0B0504158200000003AB02{number}", "ud": ud}, "")
        for number, ud in (("01", "00" * 128), ("02", "ff"))
    ]
    database = await open_database(engine)
    reached = {"carrier.main": {"port": SMSC_PORT}}
    await furnish(database, examples_intellisoftware, dataclasses.replace(rows[0], changes=reached))
    await database.close()
    async with house(engine, None, clock_us=lambda: examples_intellisoftware.CLOCK_US) as here:
        for row in rows:
            assert (await ask(here, row)).text.startswith("ID:")
        await here.until_tally({State.DELIVERED: 2})
        [shown] = here.smsc.screen("44771012345")
    assert seen(shown) == Screen(text="00" * 128 + "ff", port=0x1582, octets=bytes(128) + b"\xff")


async def test_a_link_that_is_opened_unasked_reaches_the_handset(engine: str) -> None:
    """No dialect has a Service Loading; the command line does, and it takes the same way."""
    async with house(engine) as here:
        opened, link = Opened(Config(), here.database), "https://e.uk/" + "a" * 150
        wish = Wish("alice", "447700900123", "", form=Form(link=link, loads=True))
        await send(opened, wish, 0)
        await here.until_tally({State.DELIVERED: 1})
        [shown] = here.smsc.screen("447700900123")
        assert shown.push == Push("", link, Load.LOW)
        assert (shown.text, shown.segments) == (link, 2)
        assert await here.discrepancies() == []

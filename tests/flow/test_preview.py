"""A preview is what a customer is charged and a phone gets, over a real socket."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dragoman.core.preview import foresee
from dragoman.dialects import DIALECTS
from dragoman.model.submissions import Content, Submit
from dragoman.store.lookups import find_purses
from tests.flow.customer import SEND, ids_of, itec
from tests.flow.house import House, house
from tests.flow.worlds import Changes

TO = "447700900001"
CHANGES: Changes = {
    "account.alice": {"languages": ["*"], "smart_encoding": True, "max_parts": 4},
    "carrier.main": {"languages": ["*"]},
}

letters = st.sampled_from("aeiou nrst.,!?€[^“”…ışğçÇãõáéकखम😀Ж\n")
texts = st.text(letters, min_size=1, max_size=330).filter(str.strip)


# no fixture's state is carried from one example into the next
@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(texts, min_size=20, max_size=20))
def test_a_preview_is_what_is_charged(migrated: Path, several: list[str]) -> None:
    """Whatever the text: charge, segments, alphabet, tables and carrier are those told."""

    async def story() -> None:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copyfile(migrated, f"{folder}/d.db")
            async with house(f"sqlite:///{folder}/d.db", changes=CHANGES, is_up=False) as here:
                for text in several:
                    await compare(here, text)
                assert await here.discrepancies() == []

    asyncio.run(story())


async def compare(here: House, text: str) -> None:
    snapshot = here.node.world.current()
    view = snapshot.views["alice"]
    submit = Submit("Dragoman", (TO,), Content(text))
    async with here.database.reading() as tx:
        purse = (await find_purses(tx, [view.account.id]))[view.account.id]
    seen = foresee(
        snapshot, view, DIALECTS["itec"], submit, here.node.is_up, here.clock_us(), purse
    )
    async with here.customer() as one:
        answer = await one.post_json(SEND, itec(TO, text))
    spent_u = purse[0] - await here.balance_u()
    if seen.refusal is not None:
        assert (answer.status, spent_u) == (400, 0)
        return
    [message_id] = ids_of(answer)
    message = await here.message(message_id)
    [foreseen] = seen.recipients
    assert foreseen.look is not None
    assert spent_u == message.charge_u == foreseen.charge_u == seen.cost_u
    assert (message.segments, message.carrier_id) == (foreseen.segments, foreseen.carrier_id)
    assert (message.alphabet, message.text) == (foreseen.look.alphabet, seen.content.text)

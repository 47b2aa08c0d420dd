import pytest

from dragoman.model.states import State
from dragoman.store import hot, recovery
from dragoman.store.database import Database
from dragoman.store.queries import find_life
from tests.store.rows import a_message, states

ENDS = {
    "sent again": (True, State.QUEUED, "", "sent again"),
    "left in doubt": (False, State.UNKNOWN, recovery.WHY, "not sent again"),
}


@pytest.mark.parametrize(("resend", "state", "detail", "words"), ENDS.values(), ids=ENDS)
async def test_recover(
    store: Database, resend: bool, state: State, detail: str, words: str
) -> None:
    async with store.transaction() as tx:
        await hot.insert_messages(
            tx,
            [
                a_message(1, state=State.SENDING),
                a_message(2, state=State.SENDING, carrier_id=2),
                a_message(3),
                a_message(4, state=State.SENT),
                a_message(5, state=State.SENDING),
            ],
        )
        assert await recovery.in_flight(tx, 1) == [1, 5]
        assert await recovery.recover(tx, 1, 9_000, resend=resend) == 2
        assert await recovery.recover(tx, 1, 9_000, resend=resend) == 0
        assert await states(tx) == {
            1: state,
            2: State.SENDING,
            3: State.QUEUED,
            4: State.SENT,
            5: state,
        }
        life = await find_life(tx, 1)
        assert life is not None
        assert life.message == a_message(1, state=state, changed_us=9_000, detail=detail)
        assert life.events == [(9_000, "uncertain", f"{recovery.WHY}; {words}")]

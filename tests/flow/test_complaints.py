"""What a carrier does badly stands in the log, once a minute."""

import pytest

from dragoman.model.states import State
from tests.flow.house import house


async def test_a_carrier_that_lies_is_told_in_one_line(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with house(sqlite_url) as here:
        here.smsc.faults.fail_every = 2
        await here.send([f"4477009{number:05d}" for number in range(10)])
        await here.until_tally({State.DELIVERED: 5, State.REJECTED: 5})
        here.node.chores.complain()
        here.node.chores.complain()
    assert [r.getMessage() for r in caplog.records if r.name == "dragoman.core.chores"] == [
        "carrier main, segments in the last minute: 5 ESME_RSYSERR"
    ]

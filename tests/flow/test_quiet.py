"""Quiet hours: nothing arrives in them, whatever way it came to be sent, and then all does."""

from datetime import UTC, datetime

from dragoman.cli.frame import Opened
from dragoman.cli.schedule import call_back
from dragoman.config import Config
from dragoman.model.messages import QUIET
from dragoman.model.states import State
from tests.flow.house import WORLD, House, house, wall_us
from tests.flow.test_schedule import schedule

LONDON, ROME, DELHI = "447700900123", "393331234567", "919812345678"
MINUTE_US = 60_000_000
QUIET_HOURS = {"account.alice": {"quiet_hours": "21:00-08:00", "validity_s": 3600}}


class Clock:
    """A clock that a test sets, and that goes on from there."""

    def __init__(self, text: str) -> None:
        self._ahead_us = 0
        self.set(text)

    def __call__(self) -> int:
        return wall_us() + self._ahead_us

    def set(self, text: str) -> None:
        self._ahead_us = at(text) - wall_us()


def at(text: str) -> int:
    """Give an instant of UTC."""
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp()) * 1_000_000


async def said(here: House, message_id: int) -> list[tuple[str, str]]:
    return [(event.kind, event.text) for event in (await here.life(message_id)).events]


async def test_what_comes_at_night_waits_for_each_recipients_morning(engine: str) -> None:
    clock = Clock("2026-07-10 20:30")  # 21:30 in London, 22:30 in Rome, 02:00 in Delhi
    async with house(engine, clock_us=clock, changes=QUIET_HOURS) as here:
        before_u = await here.balance_u()
        london, rome, delhi = await here.send([LONDON, ROME, DELHI])
        assert before_u - await here.balance_u() == 3_000_000
        assert await here.tally() == {State.SCHEDULED: 3}
        due = {m.id: m.due_us for m in await here.messages()}
        assert due == {
            london: at("2026-07-11 07:00"),
            rome: at("2026-07-11 06:00"),
            delhi: at("2026-07-11 02:30"),
        }
        message = await here.message(delhi)
        assert message.flags & QUIET
        assert (message.expires_us or 0) - (message.due_us or 0) == 3_600_000_000
        assert await said(here, delhi) == [
            ("quiet", "quiet hours until 2026-07-11 08:00 Asia/Calcutta")
        ]
        clock.set("2026-07-11 02:30")
        await here.until_tally({State.DELIVERED: 1, State.SCHEDULED: 2})
        clock.set("2026-07-11 06:00")
        await here.until_tally({State.DELIVERED: 2, State.SCHEDULED: 1})
        assert (await here.message(london)).state == State.SCHEDULED
        assert (await said(here, rome))[1] == ("release", "quiet hours are over")
        clock.set("2026-07-11 07:00")
        await here.until_tally({State.DELIVERED: 3})
        assert await here.discrepancies() == []


async def test_by_day_nothing_waits(engine: str) -> None:
    async with house(engine, clock_us=Clock("2026-07-10 12:00"), changes=QUIET_HOURS) as here:
        [message_id] = await here.send(LONDON)
        message = await here.until_state(message_id, State.DELIVERED)
        assert (message.due_us, message.flags & QUIET) == (None, 0)


async def test_what_is_scheduled_into_the_night_waits_on(engine: str) -> None:
    clock = Clock("2026-07-10 12:00")
    async with house(engine, clock_us=clock, changes=QUIET_HOURS) as here:
        [asked] = await schedule(here, at("2026-07-10 22:00"), LONDON)
        assert (await here.message(asked)).due_us == at("2026-07-11 07:00")
        # Quiet hours that were not there when it was scheduled count when its time comes.
        [early] = await schedule(here, at("2026-07-10 18:30"), LONDON)
        await here.apply(
            WORLD.replace('name = "alice"', 'name = "alice"\nquiet_hours = "19:00-09:00"')
        )
        clock.set("2026-07-10 18:31")
        await here.do_chore(here.node.chores._release)
        message = await here.message(early)
        assert (message.state, message.due_us) == (State.SCHEDULED, at("2026-07-11 08:00"))
        clock.set("2026-07-11 07:00")  # the old end: it is put off once more
        await here.do_chore(here.node.chores._release)
        assert await here.tally() == {State.SCHEDULED: 2}
        clock.set("2026-07-11 08:00")
        await here.until_tally({State.DELIVERED: 2})


async def test_a_backlog_does_not_leave_into_the_night(engine: str) -> None:
    """A carrier that is back at ten finds a queue that it must not have until the morning."""
    clock = Clock("2026-07-10 19:59")
    async with house(engine, clock_us=clock, changes=QUIET_HOURS, is_up=False) as here:
        ids = await here.send([f"4477009{number:05d}" for number in range(250)])
        assert await here.tally() == {State.QUEUED: 250}
        expiry = {m.id: m.expires_us or 0 for m in await here.messages()}
        clock.set("2026-07-10 20:30")
        await here.smsc.start()
        await here.until_tally({State.SCHEDULED: 250})
        assert here.smsc.submitted == 0
        for message in await here.messages():
            assert message.due_us == at("2026-07-11 07:00")
            kept_us = (message.expires_us or 0) - expiry[message.id]
            assert abs(kept_us - 630 * MINUTE_US) < MINUTE_US  # its validity waited, too
        assert [kind for kind, _ in await said(here, ids[0])] == ["quiet"]
        clock.set("2026-07-11 07:00")
        await here.until_tally({State.DELIVERED: 250})


async def test_others_pass_a_backlog_that_waits_for_the_morning(engine: str) -> None:
    clock = Clock("2026-07-10 19:59")
    world = WORLD + WORLD.split("[[carrier]]")[0].replace("alice", "bob")
    async with house(engine, world, clock_us=clock, changes=QUIET_HOURS, is_up=False) as here:
        await here.send([f"4477009{number:05d}" for number in range(150)])
        [other] = await here.send(LONDON, username="bob")
        clock.set("2026-07-10 20:30")
        await here.smsc.start()
        await here.until_state(other, State.DELIVERED)
        await here.until_tally({State.SCHEDULED: 150, State.DELIVERED: 1})


async def test_urgent_ones_may_arrive(engine: str) -> None:
    changes = {"account.alice": {"quiet_hours": "21:00-08:00", "quiet_exempt_priority": 3}}
    world = WORLD.replace('name = "alice"', 'name = "alice"\npriority = 3')
    async with house(engine, world, clock_us=Clock("2026-07-10 22:00"), changes=changes) as here:
        [message_id] = await here.send(LONDON)
        await here.until_state(message_id, State.DELIVERED)


async def test_what_waits_for_the_morning_is_called_back_and_expires(engine: str) -> None:
    clock = Clock("2026-07-10 22:00")
    async with house(engine, clock_us=clock, changes=QUIET_HOURS, is_up=False) as here:
        before_u = await here.balance_u()
        first, second = await here.send([LONDON, "447700900124"])
        await call_back(Opened(Config(), here.database), [first], "")
        assert (await here.message(first)).state == State.CANCELLED
        assert before_u - await here.balance_u() == 1_000_000
        clock.set("2026-07-11 08:00")  # and the carrier is still down an hour after their end
        await here.until_state(second, State.EXPIRED)
        assert await here.discrepancies() == []


async def test_a_morning_that_nobody_saw_is_made_up_for(engine: str) -> None:
    clock = Clock("2026-07-10 22:00")
    async with house(engine, clock_us=clock, changes=QUIET_HOURS) as here:
        [message_id] = await here.send(LONDON)
        await here.crash()
        clock.set("2026-07-11 07:10")
        await here.start()
        message = await here.until_state(message_id, State.DELIVERED)
        assert datetime.fromtimestamp((message.due_us or 0) / 1e6, UTC).hour == 7

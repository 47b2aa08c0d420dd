"""What customers are still to be told: jobs of the work table, read without being taken.

One node holds a store (docs/adr/0019-one-node-holds-a-store.md), so what it is at work on it
knows itself.  What was given up lies in lanes of their own, where nothing is due.
"""

from collections.abc import Sequence
from typing import NamedTuple

from dragoman.store.database import Many, Tx
from dragoman.store.hot import inserted

DEAD = "dead:"  # what the lane of a given-up job begins with
ALIVE = "notice:"


class Due(NamedTuple):
    """A job that is to be done now."""

    id: int
    ref: str
    due_us: int
    since_us: int
    attempts: int
    payload: str


class Item(NamedTuple):
    """A job as an operator is shown it."""

    id: int
    lane: str
    ref: str
    due_us: int
    since_us: int
    attempts: int
    why: str
    payload: str


# One step in the index for each lane, however many jobs it has.
LANES = (
    "WITH RECURSIVE step(lane) AS ("
    "SELECT min(lane) FROM work UNION ALL"
    " SELECT (SELECT min(lane) FROM work WHERE work.lane > step.lane) FROM step"
    " WHERE step.lane IS NOT NULL)"
    " SELECT lane, (SELECT min(due_us) FROM work WHERE work.lane = step.lane) FROM step"
    " WHERE lane IS NOT NULL"
)

# Of one subject only the oldest is told: what comes after it waits until it is done.
EARLIER = "SELECT 1 FROM work e WHERE e.ref = w.ref AND e.id < w.id AND e.lane = w.lane"
DUE = (
    "SELECT id, ref, due_us, since_us, attempts, payload,"
    f" CASE WHEN EXISTS ({EARLIER}) THEN 1 ELSE 0 END FROM work w"
    " WHERE lane = ? AND due_us <= ? ORDER BY due_us, id LIMIT ?"
)
OLDEST = (
    "(SELECT e.due_us FROM work e WHERE e.ref = work.ref AND e.lane = work.lane"
    " ORDER BY e.id LIMIT 1)"
)
PUT_ASIDE = (
    f"UPDATE work SET due_us = CASE WHEN {OLDEST} > ? THEN {OLDEST} ELSE ? END WHERE id IN"
    f" (SELECT id FROM work w WHERE lane = ? AND due_us <= ? AND EXISTS ({EARLIER})"
    " ORDER BY due_us, id LIMIT ?)"
)
NEXT = Many(
    columns={"now_us": "bigint", "lane": "text", "ref": "text"},
    sqlite=(
        "UPDATE work SET due_us = ?1 WHERE id ="
        " (SELECT min(id) FROM work WHERE ref = ?3 AND +lane = ?2)"
        " AND attempts = 0 AND due_us > ?1"
    ),
    postgresql=(
        "UPDATE work SET due_us = rows.now_us FROM rows WHERE work.id ="
        " (SELECT e.id FROM work e WHERE e.ref = rows.ref AND e.lane = rows.lane"
        " ORDER BY e.id LIMIT 1)"
        " AND work.attempts = 0 AND work.due_us > rows.now_us"
    ),
)
HASTEN = (
    "UPDATE work SET due_us = ? WHERE id IN (SELECT id FROM work"
    " WHERE lane = ? AND due_us > ? AND attempts > 0 ORDER BY due_us LIMIT ?)"
)
# An operator may have dropped it meanwhile, and SQLite given its id to another.
DONE = Many(
    columns={"id": "bigint", "since_us": "bigint"},
    sqlite="DELETE FROM work WHERE id = ? AND since_us = ?",
    postgresql=(
        "DELETE FROM work USING rows WHERE work.id = rows.id AND work.since_us = rows.since_us"
    ),
)
BURY = Many(
    columns={"why": "text", "id": "bigint"},
    sqlite=(
        f"UPDATE work SET lane = '{DEAD}' || lane, why = ?, attempts = attempts + 1 WHERE id = ?"
    ),
    postgresql=(
        f"UPDATE work SET lane = '{DEAD}' || lane, why = rows.why, attempts = attempts + 1"
        " FROM rows WHERE work.id = rows.id"
    ),
)

OLD = "SELECT id, ref FROM work WHERE lane = ? AND since_us <= ? ORDER BY due_us, id LIMIT ?"

FORGET_DEAD = (
    "DELETE FROM work WHERE id IN"
    " (SELECT id FROM work WHERE lane = ? AND due_us < ? ORDER BY due_us LIMIT ?)"
)

COLUMNS = "id, lane, ref, due_us, since_us, attempts, why, payload"
PAGE = f"SELECT {COLUMNS} FROM work WHERE lane = ? ORDER BY due_us, id LIMIT ?"
BY_ID = f"SELECT {COLUMNS} FROM work WHERE id = ?"
COUNT = "SELECT count(*) FROM work WHERE lane = ?"
# The lanes of what was given up begin with "d" and all others with "n", in any collation.
TOTAL_ALIVE = "SELECT count(*) FROM (SELECT 1 FROM work WHERE lane > 'e' LIMIT ?) q"
TOTAL_DEAD = "SELECT count(*) FROM (SELECT 1 FROM work WHERE lane < 'e' LIMIT ?) q"
REPLAY = "UPDATE work SET lane = ?, due_us = ?, since_us = ?, attempts = 0, why = '' WHERE lane = ?"
REPLAY_ONE = (
    "UPDATE work SET lane = ?, due_us = ?, since_us = ?, attempts = 0, why = '' WHERE id = ?"
)

PUT_URLS = inserted(
    "report_url", {"submission_id": "bigint", "url": "text"}, "ON CONFLICT DO NOTHING"
)
URLS = "SELECT submission_id, url FROM report_url WHERE submission_id IN (?ids)"


async def lanes(tx: Tx) -> dict[str, int]:
    """Give every lane of notices that has jobs, those given up too, and when its first is due."""
    found = await tx.rows(LANES)
    return {row[0]: row[1] for row in found if row[0].startswith((ALIVE, DEAD + ALIVE))}


async def due(tx: Tx, lane: str, now_us: int, limit: int) -> tuple[list[Due], int]:
    """Give what can be told of a lane now, the longest due first, and how many were looked at.

    The others are due as well, and wait for an earlier one of their subject.
    """
    found = await tx.rows(DUE, (lane, now_us, limit))
    return [Due._make(row[:-1]) for row in found if not row[-1]], len(found)


async def put_aside(tx: Tx, lane: str, now_us: int, until_us: int, limit: int) -> int:
    """Let those that wait for another be due with it, or later; give how many.

    So they are not looked at again and again, and not before others that could be told.
    """
    return await tx.run(PUT_ASIDE, (until_us, until_us, lane, now_us, limit))


async def go_on(tx: Tx, subjects: Sequence[tuple[str, str]], now_us: int) -> None:
    """Let the next of each subject, (lane, ref) each, be due, should it have been put aside."""
    await tx.run_many(NEXT, [(now_us, lane, ref) for lane, ref in subjects])


async def hasten(tx: Tx, lane: str, now_us: int, limit: int) -> int:
    """Let what was put off in a lane be due, for its far end is back; give how many that were."""
    return await tx.run(HASTEN, (now_us, lane, now_us, limit))


async def done(tx: Tx, jobs: Sequence[Due]) -> None:
    """Forget jobs that are done."""
    await tx.run_many(DONE, [(job.id, job.since_us) for job in jobs])


async def bury(tx: Tx, jobs: Sequence[tuple[int, str]]) -> None:
    """Give jobs up, (job id, why) each; they stay for an operator until they are forgotten."""
    await tx.run_many(BURY, [(why, job_id) for job_id, why in jobs])


async def old(tx: Tx, lane: str, since_us: int, limit: int) -> list[tuple[int, str]]:
    """Give jobs of a lane that were first due before an instant: id and subject."""
    return [(row[0], row[1]) for row in await tx.rows(OLD, (lane, since_us, limit))]


async def forget_dead(tx: Tx, before_us: int, limit: int) -> int:
    """Forget jobs given up that were last due before an instant, at most `limit` of each lane.

    Gives how many of the lane with most of them.
    """
    dead = [lane for lane in await lanes(tx) if lane.startswith(DEAD)]
    return max([await tx.run(FORGET_DEAD, (lane, before_us, limit)) for lane in dead], default=0)


async def page(tx: Tx, lane: str, limit: int) -> list[Item]:
    """Give the jobs of a lane, the first due first."""
    return [Item._make(row) for row in await tx.rows(PAGE, (lane, limit))]


async def find(tx: Tx, job_id: int) -> Item | None:
    """Give one job."""
    row = await tx.row(BY_ID, (job_id,))
    return Item._make(row) if row else None


async def count(tx: Tx, lane: str) -> int:
    """Count the jobs of a lane."""
    row = await tx.row(COUNT, (lane,))
    return row[0] if row else 0


async def totals(tx: Tx, most: int) -> tuple[int, int]:
    """Count the jobs of all lanes: those that wait, and those given up; each up to so many."""
    alive, dead = await tx.row(TOTAL_ALIVE, (most,)), await tx.row(TOTAL_DEAD, (most,))
    return alive[0] if alive else 0, dead[0] if dead else 0


async def replay(tx: Tx, lane: str, now_us: int, job_id: int = 0) -> int:
    """Let jobs of a lane be tried at once, as if they were new: all, or one; give how many."""
    alive = lane.removeprefix(DEAD)
    if job_id:
        return await tx.run(REPLAY_ONE, (alive, now_us, now_us, job_id))
    return await tx.run(REPLAY, (alive, now_us, now_us, lane))


async def drop(tx: Tx, lane: str, job_id: int = 0) -> int:
    """Forget jobs of a lane, all or one; give how many."""
    if job_id:
        item = await find(tx, job_id)
        gone = await tx.run("DELETE FROM work WHERE id = ?", (job_id,))
        if item is not None:  # since then, in any case, the next may have been due
            await go_on(tx, [(lane, item.ref)], item.since_us)
        return gone
    return await tx.run("DELETE FROM work WHERE lane = ?", (lane,))


async def keep_urls(tx: Tx, urls: Sequence[tuple[int, str]]) -> None:
    """Keep where submissions want their reports, (submission id, address) each."""
    await tx.run_many(PUT_URLS, urls)


async def urls(tx: Tx, submission_ids: Sequence[int]) -> dict[int, str]:
    """Give where submissions want their reports; those that did not say are missing."""
    return {row[0]: row[1] for row in await tx.rows(URLS, (sorted(set(submission_ids)),))}

"""The work table: everything that is not message traffic and is to be done at some time.

A job is written in the transaction of the state that causes it.  Whoever takes it has it until
the lease ends; a node that dies gives its jobs back by not renewing them.  Lanes keep kinds of
work apart, so that one slow receiver does not hold up the others.
"""

from collections.abc import Sequence

import msgspec

from dragoman.store.database import Many, Tx
from dragoman.store.hot import inserted


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be done: what (`kind`), about what (`ref`), and when."""

    id: int = 0  # given by the store
    kind: str
    lane: str
    ref: str = ""
    due_us: int
    attempts: int = 0
    why: str = ""  # why it waits: what the last attempt met
    payload: object = None  # any value that JSON has


ADD = inserted(
    "work",
    {
        "kind": "text",
        "lane": "text",
        "ref": "text",
        "due_us": "bigint",
        "attempts": "bigint",
        "lease_until_us": "bigint",
        "node": "text",
        "why": "text",
        "payload": "text",
        "since_us": "bigint",
    },
)

DUE = (
    "SELECT id, kind, lane, ref, due_us, attempts, why, payload FROM work"
    " WHERE lane = ? AND due_us <= ? AND lease_until_us <= ?"
    " ORDER BY due_us, id LIMIT ? FOR UPDATE SKIP LOCKED"
)
LEASE = "UPDATE work SET lease_until_us = ?, node = ? WHERE id IN (?ids)"
DONE = "DELETE FROM work WHERE id IN (?ids)"

RETRY = Many(
    columns={"due_us": "bigint", "why": "text", "id": "bigint"},
    sqlite=(
        "UPDATE work SET due_us = ?, why = ?, attempts = attempts + 1, lease_until_us = 0"
        " WHERE id = ?"
    ),
    postgresql=(
        "UPDATE work SET due_us = rows.due_us, why = rows.why, attempts = attempts + 1,"
        " lease_until_us = 0 FROM rows WHERE work.id = rows.id"
    ),
)


async def add(tx: Tx, jobs: Sequence[Job]) -> None:
    """Let jobs be done when they are due."""
    rows = [
        (
            job.kind,
            job.lane,
            job.ref,
            job.due_us,
            job.attempts,
            0,
            "",
            job.why,
            msgspec.json.encode(job.payload).decode(),
            job.due_us,
        )
        for job in jobs
    ]
    await tx.run_many(ADD, rows)


async def take(  # lane, node and three bounds
    tx: Tx, lane: str, node: str, now_us: int, limit: int, lease_us: int
) -> list[Job]:
    """Give the jobs of a lane that are due, longest due first; they are the node's for a while."""
    rows = await tx.rows(DUE, (lane, now_us, now_us, limit))
    if rows:
        await tx.run(LEASE, (now_us + lease_us, node, [row[0] for row in rows]))
    return [
        Job(
            id=row[0],
            kind=row[1],
            lane=row[2],
            ref=row[3],
            due_us=row[4],
            attempts=row[5],
            why=row[6],
            payload=msgspec.json.decode(row[7]),
        )
        for row in rows
    ]


async def done(tx: Tx, job_ids: Sequence[int]) -> None:
    """Forget jobs: they are done, or never will be."""
    await tx.run(DONE, (list(job_ids),))


async def retry(tx: Tx, jobs: Sequence[tuple[int, int, str]]) -> None:
    """Put jobs off after a failed attempt: job id, when to try again, why it failed."""
    await tx.run_many(RETRY, [(due_us, why, job_id) for job_id, due_us, why in jobs])

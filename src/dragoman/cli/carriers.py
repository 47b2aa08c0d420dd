"""`carrier` and `queue`: the connections as they are now, what waits for them and why."""

import asyncio
from math import ceil

from dragoman.cli.frame import Opened, Refused, Shown, now_us
from dragoman.cli.live import node_status
from dragoman.cli.lookup import carrier_called, names_of
from dragoman.cli.screen import Screen, ago, clock, iso
from dragoman.cli.timeline import Names, counted
from dragoman.cli.waiting import NO_GATEWAY, Carriers, limit_pdus, why
from dragoman.core.worldfile.render import carrier_table, render_value
from dragoman.model.states import State
from dragoman.model.world import CarrierRow
from dragoman.store.queries import Waiting, later, queue, waiting
from dragoman.store.usage import move_waiting
from dragoman.store.world import read_world


async def known_carriers(opened: Opened) -> tuple[Carriers, list[Waiting], Names]:
    """Give the carriers, what waits for them, and what they are called."""
    node = await asyncio.to_thread(node_status, opened.config)
    async with opened.database.reading() as tx:
        world = await read_world(tx)
        found = await waiting(tx)
    return Carriers({row.id: row for row in world.carriers}, node), found, names_of(world)


async def show_carriers(opened: Opened) -> Shown:
    """Show all carriers with their binds' state."""
    carriers, found, _ = await known_carriers(opened)
    counts = _counts(found)
    rows = [_carrier_data(row, carriers, counts) for row in carriers.rows.values()]

    def people(screen: Screen) -> None:
        screen.table(
            ("carrier", "state", "queued", "sending", "window", "rate", "sent", "last", "why"),
            [_carrier_cells(row, carriers, counts) for row in carriers.rows.values()],
            right=("queued", "sending", "window", "rate", "sent"),
        )
        if not carriers.rows:
            screen.note("there are no carriers yet; `dragoman apply WORLD.toml` makes them")
        elif carriers.node is None:
            screen.note(NO_GATEWAY)

    return Shown(rows, people)


async def show_carrier(opened: Opened, name: str) -> Shown:
    """Show one carrier: its configuration, its binds, its queue."""
    async with opened.database.reading() as tx:
        row = carrier_called(await read_world(tx), name)
    carriers, found, _ = await known_carriers(opened)
    counts = _counts(found)
    status = carriers.status(row.id)
    data = {**_carrier_data(row, carriers, counts), "configuration": carrier_table(row)}

    def people(screen: Screen) -> None:
        rows = [(key, render_value(value)) for key, value in carrier_table(row).items()]
        screen.table(("key", "value"), rows)
        screen.line()
        for bind in status.binds if status else ():
            screen.line(f"bind {bind}")
        queued, sending = (counts.get((row.id, s), 0) for s in (State.QUEUED, State.SENDING))
        screen.line(f"{counted(queued, 'message')} queued, {sending:,} being sent")
        if words := why(carriers, row.id):
            screen.line(words)

    return Shown(data, people)


def _counts(found: list[Waiting]) -> dict[tuple[int, int], int]:
    return {(entry.carrier_id, entry.state): entry.messages for entry in found}


def _state(row: CarrierRow, carriers: Carriers) -> str:
    if not row.enabled:
        return "disabled"
    if carriers.unusable(row.name):
        return "unusable"
    status = carriers.status(row.id)
    return status.state if status is not None else "not running"


def _carrier_cells(
    row: CarrierRow, carriers: Carriers, counts: dict[tuple[int, int], int]
) -> tuple[object, ...]:
    status = carriers.status(row.id)
    window = f"{status.outstanding}/{status.window}" if status else "-"
    rate = f"{status.rate_pdus:g}" if status and status.rate_pdus else "-"
    if status and status.throttled_rate_pdus:
        rate = f"{status.throttled_rate_pdus:.0f} (throttled)"
    return (
        row.name,
        _state(row, carriers),
        counts.get((row.id, State.QUEUED), 0),
        counts.get((row.id, State.SENDING), 0),
        window,
        rate,
        status.sent if status else "-",
        clock(status.last_sent_us, date=False) if status and status.last_sent_us else "-",
        status.why if status else carriers.unusable(row.name),
    )


def _carrier_data(
    row: CarrierRow, carriers: Carriers, counts: dict[tuple[int, int], int]
) -> dict[str, object]:
    status = carriers.status(row.id)
    live: dict[str, object] = {}
    if words := carriers.unusable(row.name):
        live = {"why": words}
    if status is not None:
        live = {
            "binds": status.binds,
            "why": status.why,
            "window": status.window,
            "outstanding": status.outstanding,
            "rate": status.rate_pdus,
            "throttled_rate": status.throttled_rate_pdus,
            "sent": status.sent,
            "last_sent": iso(status.last_sent_us),
        }
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "state": _state(row, carriers),
        "queued": counts.get((row.id, State.QUEUED), 0),
        "sending": counts.get((row.id, State.SENDING), 0),
        **live,
    }


async def show_queue(opened: Opened) -> Shown:
    """Show what waits for each carrier, why, since when and for how long yet."""
    carriers, found, names = await known_carriers(opened)
    async with opened.database.reading() as tx:
        scheduled = await later(tx)
    queued = [entry for entry in found if entry.state != State.SCHEDULED]
    rows = [_queue_data(entry, carriers, names) for entry in queued]
    rows += [_later_data(*entry) for entry in scheduled]

    def people(screen: Screen) -> None:
        if not rows:
            screen.line("nothing waits")
            return
        heads = ["carrier", "state", "messages", "urgent", "age", "left", "why"]
        if not any(row["urgent"] for row in rows):
            heads.remove("urgent")
        screen.table(
            ["oldest" if head == "age" else head for head in heads],
            [[_cell(row[head]) for head in heads] for row in rows],
            right=("messages", "urgent"),
        )

    return Shown(rows, people)


def _cell(value: object) -> object:
    return f"{value:,}" if isinstance(value, int) else value


def _queue_data(entry: Waiting, carriers: Carriers, names: Names) -> dict[str, object]:
    state = State(entry.state)
    limit = limit_pdus(carriers.status(entry.carrier_id))
    left_us = ceil(entry.messages / limit) * 1_000_000 if limit else 0
    oldest = ago(now_us() - entry.oldest_us)
    match state:
        case State.SENDING:
            words = "" if carriers.node else f"may be on the wire; {NO_GATEWAY}"
        case _:
            words = why(carriers, entry.carrier_id) or "going out"
    return {
        "carrier": names.carrier(entry.carrier_id) if entry.carrier_id else "",
        "state": state.word,
        "messages": entry.messages,
        "urgent": entry.urgent,
        "oldest": iso(entry.oldest_us),
        "age": oldest,
        "left": f"about {ago(left_us)}" if left_us else "",
        "why": words,
    }


def _later_data(is_quiet: bool, messages: int, first_us: int) -> dict[str, object]:
    """Give what is scheduled, or kept by quiet hours."""
    why = "quiet hours: the first end then" if is_quiet else "schedule: their time has not come"
    return {
        "carrier": "",
        "state": State.SCHEDULED.word,
        "messages": messages,
        "urgent": 0,
        "oldest": iso(first_us),
        "age": f"due {clock(first_us)}",
        "left": "",
        "why": why,
    }


async def list_queue(opened: Opened, name: str, limit: int) -> Shown:
    """Show the oldest messages that wait for a carrier."""
    async with opened.database.reading() as tx:
        world = await read_world(tx)
        row = carrier_called(world, name)
        found = await queue(tx, row.id, State.QUEUED, limit)
    names = names_of(world)

    def people(screen: Screen) -> None:
        heads = ["id", "accepted", "account", "recipient", "segments", "priority"]
        if not any(message.priority for message in found):
            heads.remove("priority")
        clocks = [{"accepted": clock(message.accepted_us)} for message in found]
        screen.table(
            heads,
            [
                [(row | at)[head] or "" for head in heads]
                for row, at in zip(rows, clocks, strict=True)
            ],
            right=("id", "segments", "priority"),
        )

    rows = [
        {
            "id": message.id,
            "accepted": iso(message.accepted_us),
            "account": names.account(message.account_id),
            "recipient": message.recipient,
            "segments": message.segments,
            "priority": message.priority,
        }
        for message in found
    ]
    return Shown(rows, people)


async def move_queue(opened: Opened, name: str, other: str) -> Shown:
    """Give what waits for one carrier to another."""
    if name == other:
        raise Refused(f"{name!r} has them already")
    async with opened.database.transaction() as tx:
        world = await read_world(tx)
        source, target = carrier_called(world, name), carrier_called(world, other)
        if not target.enabled:
            raise Refused(f"carrier {other!r} is disabled, so they would wait there, too")
        moved = await move_waiting(tx, source.id, target.id)
    words = f"{counted(moved, 'message')} given to {other}"
    return Shown({"moved": moved}, lambda screen: screen.line(words))

"""`import` of the lists: a file's numbers in small transactions, so that traffic goes on between.

What cannot be read is reported line by line and holds up nothing else.
"""

import asyncio
from array import array
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from dragoman.cli.barred import PAGE, Owner, list_of
from dragoman.cli.filework import BadLines, lines_of, open_source
from dragoman.cli.frame import Opened, Refused, Shown, now_us
from dragoman.cli.progress import Progress
from dragoman.cli.screen import Screen
from dragoman.cli.timeline import counted
from dragoman.core.barred import Numbers
from dragoman.core.numberfile import Line, NoColumn, Numbering, read_numbers
from dragoman.core.snapshot import country as numbering_of
from dragoman.model.barring import BarList
from dragoman.store import barred as store

SOURCE = "import"
BATCH = 2_000  # numbers of one transaction: on SQLite the gateway waits for it, some milliseconds
PAUSE_S = 0.005  # between two transactions, for a gateway that waits for the store
RUN = 1_000_000  # numbers that are sorted together: some forty megabytes
LINE_BITS = 32
LINE_MOST = (1 << LINE_BITS) - 1


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """What is wished, as the command line says it."""

    owner: Owner
    file: Path
    column: str = ""
    country: str = ""
    replace: bool = False
    report: Path | None = None
    proof: str = ""


class Tally(msgspec.Struct):
    """What came of an import."""

    read: int = 0  # lines
    done: int = 0  # numbers put onto the list, or found there
    added: int = 0
    removed: int = 0


async def import_file(opened: Opened, work: Import) -> Shown:
    """Put the numbers of a file onto a list."""
    tally = Tally()
    async with opened.database.reading() as tx:
        where = await list_of(tx, work.owner)
    progress = Progress("numbers")
    with ExitStack() as stack:
        source, size = open_source(work.file, stack)
        report = BadLines(work.report, stack)
        lines = read_numbers(lines_of(source), work.column, _numbering(work.country))
        seen: array[int] | None = array("Q") if work.replace else None
        try:
            while run := _run(lines, tally, report):
                if seen is not None:
                    seen.extend([packed >> LINE_BITS for packed in run])
                for batch in _batches(run):
                    await _put(opened, where, batch, work, tally)
                    read = source.buffer.tell() / size if size else 0.0
                    progress.tell(tally.done, read * tally.done / tally.read)
                    await asyncio.sleep(PAUSE_S)
        except NoColumn as error:
            raise Refused(f"{work.file}: {error}") from None
    if seen is not None and _may_replace(tally, report):
        await _take_others(opened, where, seen, work, tally, progress)
    progress.end()
    return _shown(work, tally, report)


def _numbering(country: str) -> Numbering:
    if not country:
        return Numbering()
    known = numbering_of(country)
    if not known:
        raise Refused(f"{country!r} is no country; write its two letters, such as GB")
    return Numbering(cc=str(known["cc"]), trunk=str(known["trunk"]))


def _run(lines: Iterator[Line], tally: Tally, report: BadLines) -> list[int]:
    """Read some lines and give what is good of them, in the order of the numbers.

    Neighbours go to the same pages of the store: in the order of the file, a transaction would
    write as many pages as it has numbers.  A number and its line are one integer, which sorts
    quickly and needs a third of the memory.
    """
    run: list[int] = []
    for line in lines:
        tally.read += 1
        if line.why:
            report.add(line)
        else:
            run.append(line.number << LINE_BITS | line.at & LINE_MOST)
            if len(run) == RUN:
                break
    run.sort()
    return run


async def _put(
    opened: Opened, where: BarList, batch: list[int], work: Import, tally: Tally
) -> None:
    """Put some numbers onto the list, each with its line as its proof."""
    name = work.proof or work.file.name
    proofs = {packed >> LINE_BITS: f"{name} line {packed & LINE_MOST}" for packed in batch}
    async with opened.database.transaction() as tx:
        fresh = await store.bar_numbers(
            tx, where, list(proofs), now_us(), SOURCE, list(proofs.values())
        )
    tally.done += len(batch)
    tally.added += len(fresh)


def _may_replace(tally: Tally, bad: BadLines) -> bool:
    """Tell whether the file is whole: a line that cannot be read may be of any number."""
    return not bad.count and tally.read > 0


async def _take_others(
    opened: Opened,
    where: BarList,
    seen: "array[int]",
    work: Import,
    tally: Tally,
    progress: Progress,
) -> None:
    """Take off the list whatever the file does not have."""
    wanted = Numbers(array("Q", sorted(seen)))
    last, more = 0, True
    while more:
        async with opened.database.reading() as tx:
            page = await store.numbers_page(tx, where, last, PAGE)
        more = len(page) == PAGE
        last = page[-1] if page else last
        for gone in _batches([number for number in page if number not in wanted]):
            async with opened.database.transaction() as tx:
                proof = f"not in {work.proof or work.file.name}"
                freed = await store.free_numbers(tx, where, gone, now_us(), SOURCE, proof)
            tally.removed += len(freed)
            await asyncio.sleep(PAUSE_S)
        progress.tell(tally.done)


def _batches(numbers: list[int]) -> Iterator[list[int]]:
    for at in range(0, len(numbers), BATCH):
        yield numbers[at : at + BATCH]


def _shown(work: Import, tally: Tally, bad: BadLines) -> Shown:
    good = tally.read - bad.count
    kept = work.replace and not _may_replace(tally, bad)

    def people(screen: Screen) -> None:
        removed = f", {tally.removed:,} removed" if work.replace else ""
        screen.line(
            f"{counted(tally.read, 'line')}: {tally.added:,} added, {good - tally.added:,} already"
            f" there{removed}, {bad.count:,} bad"
        )
        bad.show(screen)
        if kept:
            screen.note("nothing was removed, because the file is not good as a whole")

    data = {
        "lines": tally.read,
        "added": tally.added,
        "already_there": good - tally.added,
        "removed": tally.removed,
        "bad": bad.count,
        "bad_lines": bad.rows,
    }
    return Shown(data, people, code=1 if bad.count or kept else 0)

"""What is due to be told, to whom, and in whose words: jobs of the work table.

A job is written in the transaction of the fact that it tells of.  Where it goes is a slot (the
setting that names the address) and not the address itself, so that what waits follows a customer
who moves; only an address that came with a request is kept as it is.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import msgspec

from dragoman.core.snapshot import Snapshot, View
from dragoman.core.targets import GENERAL, Target, Targets
from dragoman.dialects.notices import FORMS
from dragoman.model.events import (
    Event,
    ListChanged,
    MessageReceived,
    MmsReceived,
    StatusReport,
    event_id,
    subject,
)
from dragoman.store import work
from dragoman.store.database import Tx
from dragoman.store.work import Job

KIND = "notice"
LANES = "notice:"  # what every lane of notices begins with
MARK = "notice"  # of a transaction that wrote some
REQUEST = "request"  # the slot of addresses that came with a request


class Errand(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a job's payload says: the fact, its words, and where to."""

    id: str
    event: Event
    slot: str
    form: str
    url: str = ""  # of slot `request` only


async def announce(tx: Tx, snapshot: Snapshot, events: Sequence[Event], now_us: int) -> None:
    """Write what is due to be told of these facts; nothing for accounts that want nothing."""
    jobs = [_job(event, errand, now_us) for event in events for errand in errands(snapshot, event)]
    if jobs:
        tx.marks.add(MARK)
        await work.add(tx, jobs)


def errands(snapshot: Snapshot, event: Event) -> Iterator[Errand]:
    """Give where an event goes, and in whose words: once to each address."""
    view = snapshot.views_by_id.get(event.account_id)
    if view is None:
        return
    name = event_id(event)
    for target, url in _targets(view.targets, event):
        form = FORMS[target.form]
        callback = form.callback(event)
        if callback is not None and callback.tells(event, view.settings.get(form.name, {})):
            yield Errand(name, event, target.slot, target.form, url)


def _targets(targets: Targets, event: Event) -> Iterator[tuple[Target, str]]:
    match event:
        case StatusReport():
            slots = targets.reports.get(event.dialect, ())
            if event.url and event.dialect in FORMS:
                yield Target(REQUEST, event.dialect), event.url
                slots = tuple(t for t in slots if t.slot == GENERAL)
        case MessageReceived():
            slots = targets.received
        case MmsReceived():
            slots = targets.mms
        case ListChanged():
            slots = targets.lists
    for target in slots:
        yield target, ""


def url_of(view: View, errand: Errand) -> str:
    """Give the address that an errand goes to today; empty if there is none any more."""
    if errand.slot == REQUEST:
        return errand.url
    scope, _, key = errand.slot.partition(".")
    settings = view.settings.get(scope, {}) if key else view.account.options
    return str(settings.get(key or scope, ""))


def _job(event: Event, errand: Errand, now_us: int) -> Job:
    where = errand.slot
    if errand.slot == REQUEST:
        where = origin(errand.url)
    return Job(
        kind=KIND,
        lane=f"{LANES}{event.account_id}:{where}",
        ref=subject(event),
        due_us=now_us,
        payload=errand,
    )


def origin(url: str) -> str:
    """Give scheme, host and port of an address: what may be shown, and what fails together."""
    try:
        parts = urlsplit(url)
    except ValueError:  # "http://[half/": whoever calls it will say so
        return url.partition("?")[0][:100]
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()

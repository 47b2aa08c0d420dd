"""How customers are told what is due: decisions about endpoints, tries and retries.

An endpoint is one lane of the work table.  It has room for so many calls at a time, fewer while
it fails, and none for a while after it was not there at all or took nothing of many; what one
endpoint does changes nothing for another.  Pure but for what it remembers; `front.webhooks` makes
the calls.
"""

import msgspec

from dragoman.core.notify import Errand, origin, url_of
from dragoman.core.snapshot import Snapshot
from dragoman.dialects.callback import EVENT_HEADER, Call, Form
from dragoman.dialects.native import SIGNATURE_HEADER, sign
from dragoman.dialects.notices import FORMS
from dragoman.model.events import StatusReport
from dragoman.store.outbox import Due

MOST_CALLS = 32  # to one endpoint at a time
FIRST_CALLS = 4
REFUSALS = 10  # in a row, after which an endpoint counts as one that takes nothing
PAUSE_S = 1.0  # after an endpoint was not there; doubled each time it is not
LONGEST_PAUSE_S = 60.0
TRIES_IN_FULL = 12  # of which each has its line; then one line for 12, for 24, for 48 ...
SECOND_US = 1_000_000


class Endpoint:
    """One lane: how much it takes, and what it is at work on."""

    def __init__(self, lane: str) -> None:
        """Start in good faith."""
        self.lane = lane
        self.calls = FIRST_CALLS  # how many at a time
        self.paused_until_us = 0
        self.pauses = 0  # in a row
        self.refusals = 0  # in a row
        self.was_away = False  # not there at all since it took something last
        self.has_aside = False  # some of its jobs were put aside, behind others of their subject
        self.flying: set[int] = set()  # jobs read from the store whose outcome is not written yet
        self.unmade = 0  # of these, those whose call is still to be made or answered
        self.complaints: dict[str, int] = {}  # since the last line of the log

    def room(self, now_us: int) -> int:
        """Give how many more calls may be begun."""
        if now_us < self.paused_until_us:
            return 0
        return self.calls - self.unmade

    def took(self) -> bool:
        """Note that a call succeeded; tells whether the endpoint is back after it was away."""
        is_back, self.was_away = self.was_away, False
        self.pauses = self.refusals = self.paused_until_us = 0
        self.calls = min(MOST_CALLS, self.calls + 1)
        return is_back

    def failed(self, now_us: int, why: str, *, is_down: bool) -> None:
        """Note that a call failed: the endpoint said no, or was not there."""
        self.complaints[why] = self.complaints.get(why, 0) + 1
        self.calls = max(1, self.calls // 2)
        self.was_away |= is_down
        self.refusals += not is_down
        if (is_down or self.refusals >= REFUSALS) and now_us >= self.paused_until_us:
            pause_s = min(LONGEST_PAUSE_S, PAUSE_S * 2 ** min(self.pauses, 10))
            self.pauses += 1
            self.paused_until_us = now_us + int(pause_s * SECOND_US)
            self.calls = 1


class Letter(msgspec.Struct, frozen=True):
    """A job ready to be called: what, where, and whose it is."""

    job: Due
    form: Form
    call: Call
    shown: str  # the address without what may be secret
    message_id: int = 0  # whose timeline tells of the try
    max_age_s: int = 0  # 0: never given up


class Lost(msgspec.Struct, frozen=True):
    """A job that cannot be called at all, and why."""

    job: Due
    why: str
    message_id: int = 0


_ERRANDS = msgspec.json.Decoder(Errand)


def letter(snapshot: Snapshot, account_id: int, job: Due) -> Letter | Lost:
    """Give the call that a job stands for, to where the account wants it today."""
    try:
        errand = _ERRANDS.decode(job.payload)
    except msgspec.DecodeError as error:
        return Lost(job, f"cannot be read: {error}")
    event = errand.event
    message_id = event.message_id if isinstance(event, StatusReport) else 0
    view = snapshot.views_by_id.get(account_id)
    if view is None:
        return Lost(job, "the account is gone", message_id)
    url = url_of(view, errand)
    form = FORMS.get(errand.form)
    callback = form.callback(event) if form is not None else None
    if not url or form is None or callback is None:
        return Lost(job, f"{errand.slot} is not set any more", message_id)
    settings = view.settings.get(form.name, {})
    try:
        call = callback.render(event, url, settings)
        shown = shown_url(url)
    # Whatever it is: one customer's job holds up nobody else's.
    except Exception as error:  # noqa: BLE001  # it is told
        return Lost(job, f"cannot be written: {error}", message_id)
    headers = ((EVENT_HEADER, errand.id), *call.headers)
    call = msgspec.structs.replace(call, headers=headers)
    age_s = int(settings.get("retry_max_age", 0) or form.give_up_s)
    return Letter(job, form, call, shown, message_id, age_s)


def shown_url(url: str) -> str:
    """Give an address for people: without log-in, and its query left out."""
    bare = url.partition("#")[0]
    path = bare.partition("?")[0].split("/", 3)
    return f"{origin(url)}/{path[3] if len(path) > 3 else ''}" + ("?..." if "?" in bare else "")


def signed(call: Call, secret: str, now_us: int) -> Call:
    """Give a call with its signature, as old as this try."""
    value = sign(secret, call.body, now_us // SECOND_US)
    return msgspec.structs.replace(call, headers=(*call.headers, (SIGNATURE_HEADER, value)))


def next_try_us(written: Letter, now_us: int) -> int:
    """Give when a failed call is made again; 0 when it is given up."""
    job = written.job
    if written.max_age_s and now_us - job.since_us >= written.max_age_s * SECOND_US:
        return 0
    steps = written.form.steps_s
    return now_us + steps[min(job.attempts, len(steps) - 1)] * SECOND_US


def line_of_try(written: Letter, at_us: int, why: str, due_us: int) -> str:
    """Give a try's line in its message's timeline: `why` it failed, if it did, and what is next.

    Empty for a try that a later line tells of: an endpoint that is away for a week is tried two
    thousand times for each message, and each line is a row.  `due_us` is 0 for the last try.
    """
    number = written.job.attempts + 1
    last = f", at try {number}" if number > TRIES_IN_FULL else ""
    if not why:
        return f"told {written.shown}{last}"
    if not due_us:
        return f"{written.shown}: {why}; given up{last}"
    again = f"again in {(due_us - at_us) // SECOND_US} s"
    if number <= TRIES_IN_FULL:
        return f"{written.shown}: {why}; {again}"
    doublings, rest = divmod(number, TRIES_IN_FULL)
    if rest or doublings.bit_count() != 1:
        return ""
    return f"{written.shown}: {why}; {again}; that was try {number // 2 + 1} to {number}"


def account_of(lane: str) -> int:
    """Give the account of a lane, which stands in its name."""
    number = lane.split(":", 2)[1]
    return int(number) if number.isdecimal() else 0


def message_of(ref: str) -> int:
    """Give the message that a job is about; 0 where it is about something else."""
    return int(ref[1:]) if ref[:1] == "r" and ref[1:].isdecimal() else 0


def endpoint_name(lane: str) -> str:
    """Give what people call a lane: the setting, or the place that a request named."""
    return lane.split(":", 2)[2]

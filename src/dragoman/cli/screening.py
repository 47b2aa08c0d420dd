"""`screen`: what the rules would say about a message, rule by rule; nothing is sent or charged.

Asks the very functions that judge customers' messages.
"""

import msgspec

from dragoman.cli.accounts import quotas_used, use_words
from dragoman.cli.barred import whose
from dragoman.cli.contents import text_of
from dragoman.cli.frame import Opened, Refused, Shown, now_us
from dragoman.cli.lookup import account_called, names_of
from dragoman.cli.messages import CLI
from dragoman.cli.screen import Screen, clock
from dragoman.cli.timeline import Names
from dragoman.core import screen
from dragoman.core.accept import BAD_DESTINATION, NO_PRICE, NO_ROUTE, numbers_of
from dragoman.core.barred import barred
from dragoman.core.limits import TOO_FAST
from dragoman.core.recipients import TOO_OFTEN
from dragoman.core.snapshot import Snapshot, View, compile_world
from dragoman.core.worldfile.sorts import render_amount
from dragoman.model.barring import EVERYONE, Bar, BarEvent
from dragoman.model.refusals import Refusal
from dragoman.sms.addresses import normalise
from dragoman.store import barred as store
from dragoman.store.database import Tx
from dragoman.store.recipients import look_at_times
from dragoman.store.world import read_world


class Question(msgspec.Struct, frozen=True):
    """What would be sent, by whom, from where."""

    account: str
    recipients: str
    text: str
    sender: str = ""
    address: str = ""


class Said(msgspec.Struct, frozen=True):
    """What one rule says: passes, or refuses with its reason; and why."""

    rule: str
    about: str
    refusal: Refusal | None
    why: str

    @property
    def verdict(self) -> str:
        """Give the verdict in a word or two."""
        return "passes" if self.refusal is None else self.refusal.reason.value


async def judge(opened: Opened, question: Question) -> Shown:
    """Ask every rule, also those behind the first that refuses."""
    text = text_of(question.text)
    tokens = [word for item in question.recipients.split(",") if (word := item.strip())]
    if not tokens:
        raise Refused("there is no recipient")
    async with opened.database.reading() as tx:
        world = await read_world(tx)
        owner = account_called(world, question.account)
        snapshot = compile_world(world, {CLI.name: CLI})
        view = snapshot.views[owner.name]
        numbers = numbers_of(view, CLI.name, tokens)
        rows = await store.bars_of(tx, [EVERYONE, owner.id], numbers)
        events = {number: await _events(tx, number, owner.id) for _, _, number in rows}
        used = (await quotas_used(tx, [owner]))[owner.id]
        times = await look_at_times(tx, owner.id, numbers)
    snapshot = msgspec.structs.replace(snapshot, barred=barred(rows))
    names = names_of(world)
    said = [*_of_request(snapshot, view, question, text), *map(_of_quota, used)]
    for token in tokens:
        said += _of_recipient(snapshot, view, token, events, names)
        said += _of_frequency(snapshot, view, token, times)
    is_good = all(one.refusal is None for one in said)

    def people(shown: Screen) -> None:
        shown.table(
            ("rule", "about", "verdict", "why"),
            [(one.rule, one.about, one.verdict, one.why) for one in said],
        )

    data = {
        "accepted": is_good,
        "rules": [
            {"rule": one.rule, "about": one.about, "verdict": one.verdict, "why": one.why}
            for one in said
        ],
    }
    return Shown(data, people, code=0 if is_good else 1)


async def _events(tx: Tx, number: int, account_id: int) -> list[BarEvent]:
    """Give how a number came onto the lists that count for an account, the last word first."""
    history = await store.bar_history(tx, number)
    return [
        event
        for event in reversed(history)
        if event.is_on and event.account_id in {EVERYONE, account_id}
    ]


def _of_request(snapshot: Snapshot, view: View, question: Question, text: str) -> list[Said]:
    """Ask the rules about the request as a whole."""
    said = []
    if question.address:
        refusal = screen.judge_peer(snapshot, view, question.address)
        limits = "ip_allow" if view.ip_allow else "no ip_allow"
        said.append(Said("address", question.address, refusal, f"{limits}, ip_ban looked at"))
    account = view.account
    ends = f"until {clock(account.expires_us)}" if account.expires_us else "without an end"
    state = f"enabled {ends}" if account.enabled else "disabled"
    said.append(Said("account", account.name, screen.judge_account(view, now_us()), state))
    if question.sender:
        allowed = "any" if view.senders is None else ", ".join(sorted(view.senders))
        refusal = screen.judge_sender(view, question.sender)
        said.append(Said("sender", question.sender, refusal, f"senders: {allowed}"))
    said += _of_text(view, text)
    return said


def _of_text(view: View, text: str) -> list[Said]:
    about = text if len(text) <= 20 else f"{text[:17]}..."
    spam = screen.judge_spam(view, text)
    why = spam.detail if spam is not None else "no rule finds it" if view.spam else "no rules"
    said = [Said("spam", about, spam, why)]
    if view.templates:
        template = screen.template_of(view, text)
        refusal = None if template is not None else screen.TEMPLATE_MISMATCH
        why = f"none of {len(view.templates)}" if template is None else template
        said.append(Said("template", about, refusal, why))
    return said


def _of_recipient(
    snapshot: Snapshot, view: View, token: str, events: dict[int, list[BarEvent]], names: Names
) -> list[Said]:
    number = _number(view, token)
    if not number:
        return [Said("number", token, BAD_DESTINATION, "write it as +447700900123")]
    about = f"+{number}"
    way = view.ways.find(number)
    if way is None:
        return [Said("route", about, NO_ROUTE, "no [[route]] covers it")]
    said = [Said("route", about, None, _carriers(view, number, names))]
    refusal = screen.judge_recipient(snapshot, view, number)
    why = "on no list"
    if refusal is not None:
        why = next(
            (_since(e, names) for e in events.get(int(number), []) if _is_of(e, refusal)),
            "the world file has it",
        )
    said.append(Said("lists", about, refusal, why))
    if view.tariff is not None:
        price = view.tariff.find(number)
        currency = view.account.currency
        cost = f"{render_amount(price.price_u)} {currency} a segment" if price else "no [[price]]"
        said.append(Said("price", about, NO_PRICE if price is None else None, cost))
    return said


def _of_quota(use: dict[str, object]) -> Said:
    """Ask whether one more message would fit."""
    is_full = int(str(use["used"])) >= int(str(use["limit"]))
    return Said("quota", str(use["span"]), TOO_FAST if is_full else None, use_words(use))


def _of_frequency(
    snapshot: Snapshot, view: View, token: str, times: dict[int, list[int]]
) -> list[Said]:
    """Ask whether the number had enough of this account lately, where that counts."""
    allowance = snapshot.allowances.get(view.account.id)
    number = _number(view, token)
    if allowance is None or not number:
        return []
    since_us = now_us() - allowance.window_us
    lately = sum(at_us > since_us for at_us in times.get(int(number), ()))
    refusal = TOO_OFTEN if lately >= allowance.most else None
    why = f"{lately:,} of {allowance.most:,} within {allowance.window_us // 1_000_000:,} s"
    return [Said("often", f"+{number}", refusal, why)]


def _number(view: View, token: str) -> str | None:
    plan = view.numbering[CLI.name]
    return normalise(token, plan.cc, plan.trunk, plan.nsn)


def _carriers(view: View, number: str, names: Names) -> str:
    way = view.ways.find(number)
    steps = way.steps if way is not None else ()
    return ", then ".join(" or ".join(map(names.carrier, step.carriers)) for step in steps)


def _is_of(event: BarEvent, refusal: Refusal) -> bool:
    """Tell whether an event is what a refusal is for."""
    bars = {
        screen.OPTED_OUT: Bar.OPTED_OUT,
        screen.BLOCKED: Bar.BLOCKED,
        screen.DO_NOT_DISTURB: Bar.DO_NOT_DISTURB,
    }
    return bars.get(refusal) == event.bar


def _since(event: BarEvent, names: Names) -> str:
    owner = whose(names, Bar(event.bar), event.account_id)
    proof = f": {event.proof}" if event.proof else ""
    return f"{owner and f'for {owner} '}since {clock(event.at_us)} by {event.source}{proof}"

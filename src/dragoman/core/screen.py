"""Who may send what to whom: each rule a decision that gives a refusal or nothing.

Pure; judges against a compiled `View` and knows no dialect.
"""

import ipaddress
from collections.abc import Iterable

from dragoman.core.prefixes import Way
from dragoman.core.snapshot import Network, Snapshot, View
from dragoman.model.barring import Bar
from dragoman.model.refusals import Reason, Refusal
from dragoman.sms.addresses import UnfitSender, encode_sender

OPTED_OUT = Refusal(Reason.OPTED_OUT)
BLOCKED = Refusal(Reason.OPTED_OUT, detail="blocked")
DO_NOT_DISTURB = Refusal(Reason.DO_NOT_DISTURB)
BARRED = {Bar.OPTED_OUT: OPTED_OUT, Bar.BLOCKED: BLOCKED}
ACCOUNT_DISABLED = Refusal(Reason.ACCOUNT_DISABLED)
IP_BANNED = Refusal(Reason.IP_BANNED)
IP_NOT_ALLOWED = Refusal(Reason.IP_NOT_ALLOWED)
TEMPLATE_MISMATCH = Refusal(Reason.TEMPLATE_MISMATCH)
PAST = Refusal(Reason.BAD_SCHEDULE, detail="past")
TOO_FAR = Refusal(Reason.BAD_SCHEDULE, detail="too far ahead")
SENDER_NOT_ALLOWED = Refusal(Reason.BAD_SENDER, detail="not allowed")
SENDER_UNFIT = Refusal(Reason.BAD_SENDER, detail="characters")

SCHEDULE_MAX_DAYS = 365
DAY_US = 86_400 * 1_000_000


def judge_account(view: View, now_us: int) -> Refusal | None:
    """Refuse an account that is switched off or whose time is over."""
    account = view.account
    if not account.enabled or (account.expires_us and now_us >= account.expires_us):
        return ACCOUNT_DISABLED
    return None


def judge_peer(snapshot: Snapshot, view: View | None, peer: str) -> Refusal | None:
    """Refuse a caller whose address is banned, or is not on the account's allow list.

    Without an account (nobody logged in yet) only the gateway's own ban counts.
    """
    if not snapshot.ip_ban and (view is None or not (view.ip_ban or view.ip_allow)):
        return None
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        address = None
    if address is not None and _within(address, snapshot.ip_ban):
        return IP_BANNED
    if view is None:
        return None
    if address is not None and _within(address, view.ip_ban):
        return IP_BANNED
    if view.ip_allow and (address is None or not _within(address, view.ip_allow)):
        return IP_NOT_ALLOWED
    return None


def judge_sender(view: View, sender: str) -> Refusal | None:
    """Refuse a sender that the account may not show; names compare in any case."""
    if view.senders is None or sender.lower() in view.senders:
        return None
    return SENDER_NOT_ALLOWED


def judge_name(snapshot: Snapshot, sender: str, ways: Iterable[Way | None]) -> Refusal | None:
    """Refuse a sender with characters that some carrier on the recipients' ways cannot show.

    The dialects take any character of GSM 7-bit; what a carrier lacks of them would be charged
    first and rejected then.
    """
    steps = {step for way in ways if way is not None for step in way.steps}
    carriers = {carrier_id for step in steps for carrier_id in step.carriers}
    for charset in {snapshot.charsets[c] for c in carriers if c in snapshot.charsets}:
        try:
            encode_sender(sender, charset)
        except UnfitSender:
            return SENDER_UNFIT
    return None


def judge_due(view: View, due_us: int, now_us: int) -> Refusal | None:
    """Refuse a time to leave that has passed, or lies further ahead than the account may go."""
    if due_us <= now_us:
        return PAST
    told = view.account.options.get("schedule_max_days")
    days = told if isinstance(told, int) else SCHEDULE_MAX_DAYS
    return TOO_FAR if due_us > now_us + days * DAY_US else None


def judge_text(view: View, text: str) -> Refusal | None:
    """Refuse a text that breaks a rule about spam, or that follows none of the templates."""
    if (spam := judge_spam(view, text)) is not None:
        return spam
    if view.templates and template_of(view, text) is None:
        return TEMPLATE_MISMATCH
    return None


def judge_spam(view: View, text: str) -> Refusal | None:
    """Refuse a text that breaks a rule of the gateway or of the account, and name the rule."""
    found = (rules.found_in(text) for rules in view.spam)
    rule = next((rule for rule in found if rule is not None), None)
    return None if rule is None else Refusal(Reason.SPAM, detail=rule)


def template_of(view: View, text: str) -> str | None:
    """Give the first of the account's templates that a text follows."""
    return next((template.text for template in view.templates if template.matches(text)), None)


def judge_recipient(snapshot: Snapshot, view: View, number: str) -> Refusal | None:
    """Refuse a recipient on a list: who opted out, was blocked, or does not want disturbance."""
    barred = snapshot.barred
    if barred.is_empty and not view.is_watched:
        return None
    digits = int(number)
    bar = barred.bar_of(view.account.id, digits, registry=view.has_dnd)
    if bar is not None and bar != Bar.DO_NOT_DISTURB:
        return BARRED[bar]
    if digits in view.blocked:
        return BLOCKED
    if bar is not None or (view.has_dnd and digits in snapshot.dnd):
        return DO_NOT_DISTURB
    return None


def _within(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: Iterable[Network]
) -> bool:
    return any(address in network for network in networks)

"""The tables of the world file and their keys: types, defaults and what each is for.

The reference page of the world file is made from these, and a test holds both together.  A key
without a default is left to what reads it: the dialect's or the code's own default then counts.
"""

from typing import Annotated, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from dragoman.core.worldfile.sorts import (
    Amount,
    Charge,
    Country,
    Currency,
    DialectName,
    Digits,
    FormName,
    Hours,
    Instant,
    LanguageName,
    LinkText,
    Name,
    Network,
    OwnNumber,
    OwnNumbers,
    Pattern,
    Prefix,
    Rating,
    TemplateText,
    Url,
    Zone,
)
from dragoman.model.messages import MOST_URGENT

T = TypeVar("T")
Maybe: TypeAlias = T | UnsetType

Natural = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=0)]
Segments = Annotated[int, Meta(ge=1, le=255)]
Rate = Annotated[float, Meta(ge=0)]
Seconds = Annotated[float, Meta(gt=0)]
Unit = Literal["messages", "segments"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Priority = Annotated[int, Meta(ge=0, le=MOST_URGENT)]
KeywordLanguage = Literal["de", "es", "fr", "it", "nl", "pl", "pt"]
Lengths = tuple[Annotated[int, Meta(ge=1, le=15)], ...]


def doc(words: str) -> Meta:
    """Give what the reference says about a key."""
    return Meta(description=words)


class Keys(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One table of the world file: a field for each key."""


class DialectKeys(Keys, frozen=True, kw_only=True):
    """What every dialect has, in `[dialect.<name>]` and in an account's table of that name."""

    max_recipients: Annotated[Maybe[Natural], doc("Recipients of one request at most.")] = UNSET
    cc: Annotated[Maybe[Digits], doc("Country code of national numbers.")] = UNSET
    trunk: Annotated[Maybe[Digits], doc("What national numbers begin with.")] = UNSET
    nsn: Annotated[
        Maybe[Lengths], doc("Lengths of national numbers written without trunk prefix.")
    ] = UNSET
    zone: Annotated[Maybe[Zone], doc("Time zone of the times that answers show.")] = UNSET
    dlr_url: Annotated[Maybe[Url], doc("Where status reports go.")] = UNSET
    duplicate_action: Annotated[
        Maybe[Literal["replay", "refuse"]],
        doc("What a repeat is answered, where the account does not say."),
    ] = UNSET


class IntouchKeys(DialectKeys, frozen=True, kw_only=True):
    """`[dialect.intouch]`."""

    live_status: Annotated[
        Maybe[bool], doc("Failures answer with 200, 401 and 403 instead of 400.")
    ] = UNSET
    mixed: Annotated[
        Maybe[Literal["send", "refuse"]],
        doc("What a bad recipient among good ones does to the request."),
    ] = UNSET
    extra_keys: Annotated[
        Maybe[bool], doc("Answers carry the keys that are not in the vendor's document.")
    ] = UNSET


class ItecKeys(IntouchKeys, frozen=True, kw_only=True):
    """`[dialect.itec]`."""

    base_path: Annotated[Maybe[str], doc("What the paths of this dialect begin with.")] = UNSET
    strict_e164: Annotated[Maybe[bool], doc("National numbers are refused.")] = UNSET
    mo_url: Annotated[Maybe[Url], doc("Where incoming messages go.")] = UNSET
    mo_form: Annotated[Maybe[Literal["json", "form"]], doc("How they are written.")] = UNSET


class UnifiedKeys(DialectKeys, frozen=True, kw_only=True):
    """`[dialect.unified]`."""

    lenient: Annotated[Maybe[bool], doc("`type` and `dlr` may be left out.")] = UNSET
    reply_form: Annotated[
        Maybe[Literal["bare", "triple"]],
        doc("A single recipient is answered by the code alone, or with number and id."),
    ] = UNSET
    credit_code: Annotated[Maybe[Literal[1025, 1725]], doc("The code for insufficient credit.")] = (
        UNSET
    )
    flash_limit: Annotated[
        Maybe[Literal[140, 160]], doc("Characters of a single flash message.")
    ] = UNSET
    unicode_input: Annotated[
        Maybe[Literal["auto", "hex", "text"]], doc("How types 2 and 6 write their text.")
    ] = UNSET
    schedule_reply: Annotated[
        Maybe[Literal["triple", "scheduled"]],
        doc("A scheduled message is answered `1701|number|id`, or `Scheduled|id`."),
    ] = UNSET
    stop_on_error: Annotated[Maybe[bool], doc("A list ends at the first refusal.")] = UNSET
    credit_check: Annotated[Maybe[bool], doc("The balance can be asked for.")] = UNSET
    dlr_intermediate: Annotated[
        Maybe[bool], doc("Status reports tell of sending and sent, too.")
    ] = UNSET
    dlr_version: Annotated[Maybe[int], doc("The form of status reports.")] = UNSET


class IntellisoftwareKeys(DialectKeys, frozen=True, kw_only=True):
    """`[dialect.intellisoftware]`."""

    overflow: Annotated[
        Maybe[Literal["cut", "refuse"]], doc("What happens to a text beyond `maxconcat`.")
    ] = UNSET
    type1: Annotated[
        Maybe[Literal["auto", "gsm"]],
        doc("Type 1 goes as Unicode where it must, or as GSM 7-bit only."),
    ] = UNSET
    delay_reply: Annotated[Maybe[bool], doc("A throttled client is told how long to wait.")] = UNSET
    default_sender: Annotated[Maybe[str], doc("The sender where `from` is left out.")] = UNSET
    wap_guide: Annotated[Maybe[bool], doc("WAP push after the vendor's guide.")] = UNSET
    mms_max: Annotated[Maybe[Natural], doc("Octets of an MMS at most.")] = UNSET
    mms_keep_days: Annotated[Maybe[Natural], doc("How long MMS can be fetched.")] = UNSET
    group_max: Annotated[Maybe[Natural], doc("Members that names may stand for.")] = UNSET
    report_states: Annotated[Maybe[Literal["final", "all"]], doc("Which states are reported.")] = (
        UNSET
    )
    retry_max_age: Annotated[Maybe[Natural], doc("Seconds after which an event is given up.")] = (
        UNSET
    )
    mo_extra: Annotated[Maybe[bool], doc("Incoming messages carry `to` and `type`.")] = UNSET
    mo_url: Annotated[Maybe[Url], doc("Where incoming messages go.")] = UNSET
    mms_url: Annotated[Maybe[Url], doc("Where incoming MMS go.")] = UNSET
    sub_url: Annotated[Maybe[Url], doc("Where changes of subscription lists go.")] = UNSET
    mo_email: Annotated[Maybe[str], doc("Where incoming messages are mailed.")] = UNSET
    dlr_email: Annotated[Maybe[str], doc("Where status reports are mailed.")] = UNSET
    hosts: Annotated[Maybe[tuple[str, ...]], doc("Host names of the service.")] = UNSET


class InviosmartKeys(DialectKeys, frozen=True, kw_only=True):
    """`[dialect.inviosmart]`."""

    errors: Annotated[
        Maybe[Literal["numbered", "phrases"]], doc("Errors with their number, or the text alone.")
    ] = UNSET
    multi: Annotated[Maybe[bool], doc("Several destinations in one request.")] = UNSET
    numeric_sender: Annotated[Maybe[bool], doc("The sender may be all digits.")] = UNSET


DIALECT_KEYS: dict[str, type[DialectKeys]] = {
    "intouch": IntouchKeys,
    "itec": ItecKeys,
    "unified": UnifiedKeys,
    "intellisoftware": IntellisoftwareKeys,
    "inviosmart": InviosmartKeys,
}


class AccountKeys(Keys, frozen=True, kw_only=True):
    """`[[account]]`: a customer."""

    name: Annotated[Name, doc("User name in every dialect.")]
    password: Annotated[
        Maybe[str],
        doc('Kept as a hash. Left out, or `"***"`: the one that the store has stays.'),
    ] = UNSET
    password_env: Annotated[
        Maybe[str], doc("Environment variable of `apply` that holds the password.")
    ] = UNSET
    api_key: Annotated[Maybe[Name], doc("A second user name, for programs.")] = UNSET
    api_secret: Annotated[Maybe[str], doc("Its password, kept as a hash.")] = UNSET
    api_secret_env: Annotated[Maybe[str], doc("Environment variable of `apply` that holds it.")] = (
        UNSET
    )
    currency: Annotated[Currency, doc("What the account pays in.")] = Currency("EUR")
    balance: Annotated[
        Maybe[Amount],
        doc("Balance when the account is created; afterwards only `account credit` changes it."),
    ] = UNSET
    overdraft: Annotated[Charge, doc("How far below zero the balance may go.")] = Charge(0)
    country: Annotated[Country, doc("Home country: its national numbers are understood.")] = (
        Country("")
    )
    time_zone: Annotated[Maybe[Zone], doc("Time zone of the times that answers show.")] = UNSET
    enabled: Annotated[bool, doc("May send at all.")] = True
    expires: Annotated[Maybe[Instant], doc("From when it may not send any more.")] = UNSET
    senders: Annotated[tuple[str, ...], doc('Senders that it may show; `["*"]` or none: any.')] = (
        "*",
    )
    ip_allow: Annotated[
        tuple[Network, ...], doc("Addresses that it may call from; none: any.")
    ] = ()
    dialects: Annotated[tuple[DialectName, ...], doc("Dialects that it may speak; none: all.")] = ()

    ip_ban: Annotated[Maybe[tuple[Network, ...]], doc("Addresses it may not call from.")] = UNSET
    rate: Annotated[Maybe[Rate], doc("Messages a second at most; 0: no limit.")] = UNSET
    daily_quota: Annotated[Maybe[Count], doc("Messages a day at most; 0: no limit.")] = UNSET
    monthly_quota: Annotated[Maybe[Count], doc("Messages a month at most; 0: no limit.")] = UNSET
    quota_unit: Annotated[Maybe[Unit], doc("What its quotas count (messages).")] = UNSET
    max_parts: Annotated[Maybe[Segments], doc("Segments of one message at most (10).")] = UNSET
    validity_s: Annotated[
        Maybe[Count], doc("How long a message may wait before it expires; 0: for ever.")
    ] = UNSET
    priority: Annotated[
        Maybe[Priority],
        doc("Of its messages: those of a higher one leave a backlog first (0)."),
    ] = UNSET
    quiet_hours: Annotated[
        Maybe[Hours],
        doc("When its messages wait, by the clock of each recipient, such as `21:00-08:00`."),
    ] = UNSET
    quiet_days: Annotated[Maybe[tuple[Day, ...]], doc("Weekdays on which they wait.")] = UNSET
    quiet_zone: Annotated[Maybe[Zone], doc("The time zone of all its recipients.")] = UNSET
    quiet_exempt_priority: Annotated[
        Maybe[Annotated[int, Meta(ge=1, le=MOST_URGENT)]],
        doc("Messages of this priority or a higher one do not wait."),
    ] = UNSET
    refund: Annotated[
        Maybe[Literal["none", "rejected", "undelivered"]],
        doc("Which endings give the charge back (none)."),
    ] = UNSET
    verdict: Annotated[
        Maybe[Literal["all", "worst", "first"]],
        doc("How the fate of a long message follows from its segments (all)."),
    ] = UNSET
    recipient_rate: Annotated[
        Maybe[Rating], doc('Messages to one number at most, such as "5/1h".')
    ] = UNSET
    spam: Annotated[
        Maybe[tuple[Pattern, ...]], doc("Texts in which one of these is found are refused.")
    ] = UNSET
    spam_words: Annotated[
        Maybe[tuple[str, ...]], doc("Texts with one of these words or phrases are refused.")
    ] = UNSET
    spam_links: Annotated[
        Maybe[tuple[LinkText, ...]],
        doc("Texts with a link to one of these domains, or below one of these URLs, are refused."),
    ] = UNSET
    templates: Annotated[
        Maybe[tuple[TemplateText, ...]],
        doc("Only these texts may be sent; `{#var#}` stands for 1 to 30 characters."),
    ] = UNSET
    dnd: Annotated[Maybe[bool], doc("The do-not-disturb list counts for it (false).")] = UNSET
    blocked: Annotated[
        Maybe[tuple[OwnNumber, ...]],
        doc("A few numbers that it may not send to; `dragoman block` keeps many."),
    ] = UNSET
    cc: Annotated[Maybe[Digits], doc("Country code, if `country` does not tell.")] = UNSET
    trunk: Annotated[Maybe[Digits], doc("Trunk prefix, if `country` does not tell.")] = UNSET
    nsn: Annotated[
        Maybe[Lengths], doc("Lengths of national numbers written without trunk prefix.")
    ] = UNSET
    zone: Annotated[Maybe[Zone], doc("The same as `time_zone`, which it overrules.")] = UNSET
    default_sender: Annotated[
        Maybe[str], doc("The sender where a dialect lets it be left out.")
    ] = UNSET
    submit_mode: Annotated[
        Maybe[Literal["store", "carrier"]],
        doc("Answer after the commit, or after the carrier's answer (store)."),
    ] = UNSET
    carrier_wait_s: Annotated[
        Maybe[Seconds], doc('How long `submit_mode = "carrier"` waits (10).')
    ] = UNSET
    smart_encoding: Annotated[
        Maybe[bool], doc("Look-alikes are replaced to stay in GSM 7-bit (false).")
    ] = UNSET
    languages: Annotated[
        Maybe[tuple[LanguageName, ...]],
        doc(
            'National tables that may save a segment, such as `["tr", "es"]`, or `["*"]` for all;'
            " the carrier must allow them, too (none)."
        ),
    ] = UNSET
    duplicate_window_s: Annotated[
        Maybe[Count], doc("How long an equal message counts as a repeat; 0: never (0).")
    ] = UNSET
    duplicate_action: Annotated[
        Maybe[Literal["replay", "refuse"]],
        doc("A repeat gets the first answer again, or is refused (unified: refuse; else replay)."),
    ] = UNSET
    schedule_max_days: Annotated[
        Maybe[Natural], doc("How far ahead messages may be scheduled (365).")
    ] = UNSET
    reply_days: Annotated[
        Maybe[Natural], doc("How long a reply belongs to the last message (7).")
    ] = UNSET
    sender_pool: Annotated[
        Maybe[tuple[OwnNumber, ...]],
        doc(
            "Numbers that the sender is chosen of where it is left out, so that each conversation"
            " with a handset has its own."
        ),
    ] = UNSET
    stop_words: Annotated[
        Maybe[tuple[str, ...]], doc("Further words that opt a handset out, beside STOP and others.")
    ] = UNSET
    start_words: Annotated[
        Maybe[tuple[str, ...]], doc("Further words that undo that, beside START and JOIN.")
    ] = UNSET
    help_words: Annotated[
        Maybe[tuple[str, ...]], doc("Further words that ask for help, beside HELP and INFO.")
    ] = UNSET
    keyword_languages: Annotated[
        Maybe[tuple[KeywordLanguage, ...]], doc("Languages whose usual words count, too.")
    ] = UNSET
    stop_reply: Annotated[
        Maybe[str],
        doc("Confirms an opt-out, at the account's price; at most one an hour to a handset."),
    ] = UNSET
    start_reply: Annotated[Maybe[str], doc("Confirms that it was undone.")] = UNSET
    help_reply: Annotated[Maybe[str], doc("Answers who asks for help.")] = UNSET
    voice_lang: Annotated[Maybe[str], doc("Language of voice messages (en-GB).")] = UNSET
    voice_tries: Annotated[Maybe[Natural], doc("Calls before a voice message fails (3).")] = UNSET
    notify_url: Annotated[Maybe[Url], doc("Where notifications go.")] = UNSET
    notify_dialect: Annotated[
        Maybe[FormName], doc('The dialect that they are written in ("json", our own).')
    ] = UNSET
    notify_secret: Annotated[
        Maybe[str],
        doc('Signs those in "json"; kept sealed. Left out, or `"***"`: the one that is there.'),
    ] = UNSET
    notify_secret_env: Annotated[
        Maybe[str], doc("Environment variable of `apply` that holds it.")
    ] = UNSET

    intouch: Annotated[Maybe[IntouchKeys], doc("Its own `[dialect.intouch]`.")] = UNSET
    itec: Annotated[Maybe[ItecKeys], doc("Its own `[dialect.itec]`.")] = UNSET
    unified: Annotated[Maybe[UnifiedKeys], doc("Its own `[dialect.unified]`.")] = UNSET
    intellisoftware: Annotated[
        Maybe[IntellisoftwareKeys], doc("Its own `[dialect.intellisoftware]`.")
    ] = UNSET
    inviosmart: Annotated[Maybe[InviosmartKeys], doc("Its own `[dialect.inviosmart]`.")] = UNSET


class CarrierKeys(Keys, frozen=True, kw_only=True):
    """`[[carrier]]`: a southbound connection; further keys are those of its kind."""

    name: Annotated[Name, doc("What routes and people call it.")]
    kind: Annotated[str, doc("How it is spoken to.")]
    enabled: Annotated[bool, doc("Connects at all; messages for it wait otherwise.")] = True
    password: Annotated[
        Maybe[str],
        doc('Kept sealed. Left out, or `"***"`: the one that the store has stays.'),
    ] = UNSET
    password_env: Annotated[
        Maybe[str], doc("Environment variable of `apply` that holds the password.")
    ] = UNSET


class RouteKeys(Keys, frozen=True, kw_only=True):
    """`[[route]]`: which carrier takes the numbers of a prefix."""

    prefix: Annotated[
        Prefix, doc('First digits of the numbers; the longest wins, `""` takes the rest.')
    ]
    carrier: Annotated[
        str, doc("The carrier. Several routes of one prefix are tried in the file's order.")
    ]
    weight: Annotated[
        Count,
        doc("Neighbours of one prefix that have a weight share its numbers; 0: a step of its own."),
    ] = 0
    account: Annotated[
        Maybe[str], doc("Only for this account, in place of the general routes of the prefix.")
    ] = UNSET


class PriceKeys(Keys, frozen=True, kw_only=True):
    """`[[price]]`: what one segment to a prefix costs."""

    prefix: Annotated[
        Prefix, doc('First digits of the numbers; the longest wins, `""` prices the rest.')
    ]
    price: Annotated[Charge, doc("Of one segment.")]
    currency: Annotated[
        Maybe[Currency], doc("For accounts in this currency; the account's own if one is named.")
    ] = UNSET
    account: Annotated[Maybe[str], doc("Only for this account.")] = UNSET


class NumberKeys(Keys, frozen=True, kw_only=True):
    """`[[number]]`: a number or shortcode of ours, and whose it is."""

    number: Annotated[
        OwnNumbers, doc("In international digits, or a shortcode, or a range: first-last.")
    ]
    account: Annotated[str, doc("Who gets what arrives there.")]
    keyword: Annotated[
        str,
        doc("Only texts that begin with this word; of several the longest counts."),
    ] = ""


class GatewayKeys(Keys, frozen=True, kw_only=True):
    """`[gateway]`: what holds for everybody."""

    ip_ban: Annotated[Maybe[tuple[Network, ...]], doc("Addresses that may not call.")] = UNSET
    trusted_proxies: Annotated[
        Maybe[tuple[Network, ...]],
        doc(
            "Proxies whose `X-Forwarded-For` is believed, beside `http.trusted_proxies`; and"
            " unified's `ip`, where such a one calls for itself."
        ),
    ] = UNSET
    drain: Annotated[Maybe[bool], doc("New messages are refused, the rest goes on.")] = UNSET
    failover_s: Annotated[
        Maybe[Rate],
        doc("How long a carrier may be down before what waits for it goes elsewhere (30)."),
    ] = UNSET
    store_timeout_s: Annotated[
        Maybe[Seconds], doc("How long an answer waits for the store (5).")
    ] = UNSET
    idempotency_s: Annotated[
        Maybe[Natural], doc("How long an idempotency key stands for its request (86400).")
    ] = UNSET
    max_body: Annotated[
        Maybe[Natural], doc("Octets of a request's body, in place of `http.max_body`.")
    ] = UNSET
    validity_s: Annotated[
        Maybe[Count], doc("Of messages whose account does not say; 0: for ever.")
    ] = UNSET
    verdict_timeout_s: Annotated[
        Maybe[Natural], doc("How long a sent message waits for receipts (259200).")
    ] = UNSET
    retention_days: Annotated[
        Maybe[Count],
        doc("How long ended messages, and callbacks given up, are kept (90); 0: for ever."),
    ] = UNSET
    recipient_rate: Annotated[
        Maybe[Rating], doc('Messages to one number at most, such as "5/1h".')
    ] = UNSET
    spam: Annotated[
        Maybe[tuple[Pattern, ...]], doc("Texts in which one of these is found are refused.")
    ] = UNSET
    spam_words: Annotated[
        Maybe[tuple[str, ...]], doc("Texts with one of these words or phrases are refused.")
    ] = UNSET
    spam_links: Annotated[
        Maybe[tuple[LinkText, ...]],
        doc("Texts with a link to one of these domains, or below one of these URLs, are refused."),
    ] = UNSET
    dnd: Annotated[
        Maybe[tuple[OwnNumber, ...]],
        doc("A few numbers that do not want to be disturbed; `dragoman dnd` keeps many."),
    ] = UNSET
    autoban: Annotated[
        Maybe[bool], doc("An address with 10 failed log-ins in a minute is banned for 15.")
    ] = UNSET
    callback_private: Annotated[Maybe[bool], doc("Notifications may go to private addresses.")] = (
        UNSET
    )
    inbound_repeat_s: Annotated[
        Maybe[Count],
        doc("How long an equal message from a handset counts as a repeat (120); 0: never."),
    ] = UNSET
    inbound_gather_s: Annotated[
        Maybe[Natural], doc("How long a long message from a handset waits for its rest (300).")
    ] = UNSET
    stop_code: Annotated[
        Maybe[OwnNumber], doc("The shortcode where a STOP is meant for everybody.")
    ] = UNSET
    smtp: Annotated[Maybe[bool], doc("Mail is taken and turned into messages.")] = UNSET
    smtp_domain: Annotated[Maybe[str], doc("The domain of such mail.")] = UNSET


# Known to the world file, stored and exported, and so far read by nobody.  `apply` says so.
# A test fails when one of them is read by the code and still stands here, or the other way round.
NOT_YET: dict[str, frozenset[str]] = {
    "account": frozenset({"voice_lang", "voice_tries"}),
    "gateway": frozenset({"smtp", "smtp_domain"}),
    "dialect": frozenset(
        {
            *("dlr_email", "mo_email", "mms_max", "mms_keep_days"),
            "hosts",
        }
    ),
}

"""What a request says, whatever it is packed in: the reading that all dialects share.

Query and body together, urlencoded, multipart or JSON; names in any case, doubles, blanks.
Knows no dialect's parameters but for the few names that are lists or verbatim text.
"""

from collections.abc import Iterable

import msgspec

from dragoman.dialects.exchange import Ask, Settings
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.submissions import Credentials
from dragoman.protocols.http import (
    BadMultipart,
    Part,
    Request,
    content_type,
    parse_basic,
    parse_form,
    parse_multipart,
)

Pairs = list[tuple[bytes, bytes]]

# Given more than once, these are one list; of all others the first that is not blank counts.
LISTS = frozenset({"recipients", "to", "destination"})

# Blanks at their ends belong to the customer's text.
VERBATIM = frozenset({"message", "text", "usercontext", "password"})

# The names that real requests carry, so that the usual ones are not folded each time.
_NAMES = {
    spelling.encode(): spelling.lower()
    for spelling in (
        *("username", "password", "recipients", "Recipients", "sender", "message", "dlrurl"),
        *("messageid", "type", "dlr", "destination", "source", "to", "from", "text", "hex"),
        *("maxconcat", "usercontext", "SMSId", "countryprefix"),
    )
}

# Charsets that a caller may declare, with the codec that reads them.  A written-out list: a
# codec's name is otherwise a way to make us run one that is slow or reads no text at all.
CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-1": "cp1252",  # as the WHATWG encoding standard reads this label
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "iso-8859-15": "iso8859-15",
    "utf-16": "utf-16",
    "utf-16be": "utf-16-be",
    "utf-16le": "utf-16-le",
}

BAD_BODY = Refusal(Reason.BAD_REQUEST, detail="body")
BAD_PARTS = Refusal(Reason.BAD_REQUEST, detail="multipart")


class _Body(msgspec.Struct, frozen=True):
    """What a body says, before it is merged with the query."""

    pairs: Pairs = []  # never written to
    files: tuple[Part, ...] = ()
    charset: str = ""
    fault: Refusal | None = None


_EMPTY = _Body()


def read(request: Request, *, json: bool) -> Ask:
    """Give the fields of a request; `json` says whether the dialect reads JSON bodies.

    Blank fields are left out: they count as missing where they are mandatory and as not given
    where they are not.  A body that cannot be read is a `fault`, never an exception.
    """
    header = request.headers.get("authorization")
    basic = _basic(header) if header else None
    body = _read_body(request, json=json) if request.body else _EMPTY
    pairs = parse_form(request.query) if request.query else []
    if body.pairs:
        pairs = body.pairs + pairs
    fields = merge(pairs)
    fault = body.fault
    if json and ("json" in fields or "data" in fields):
        inner = _parse_embedded(fields)
        if inner is None:
            fault = fault or BAD_BODY
        elif inner:
            fields = merge(inner + pairs)
    key = request.headers.get("idempotency-key")
    if key and (key := key.strip()):
        fields["idempotencykey"] = key.encode("latin-1")
    return Ask(fields, basic, fault, body.charset, body.files)


def merge(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, bytes]:
    """Give one value for each name, trimmed; earlier ones win, lists are joined by `,`."""
    fields: dict[str, bytes] = {}
    lists: dict[str, list[bytes]] = {}
    for raw, given in pairs:
        name = _NAMES.get(raw) or raw.decode("latin-1").strip().lower()
        value = given.strip()
        if not value:
            continue
        if name not in fields:
            fields[name] = given if name in VERBATIM else value
        elif name in LISTS:
            # Joined once at the end: adding to the value would copy it for every double.
            lists.setdefault(name, [fields[name]]).append(value)
    for name, values in lists.items():
        fields[name] = b",".join(values)
    return fields


def text(value: bytes, charset: str = "utf-8") -> str | None:
    """Give a value as text, or None when it is not in that charset or holds a NUL."""
    try:
        decoded = value.decode(charset)
    except UnicodeDecodeError:
        return None
    return None if "\0" in decoded else decoded


def lenient(value: bytes) -> str:
    """Give a value as text that is compared or echoed, not sent: bad octets become U+FFFD."""
    return value.decode("utf-8", "replace").replace("\0", "�")


def is_on(settings: Settings, name: str) -> bool:
    """Tell whether a switch is on; operators write `true` or `"on"`."""
    value = settings.get(name, False)
    return value is True or value == "on"


def parameters_first(ask: Ask) -> Credentials | Refusal:
    """Give user and password from parameters, or what is missing from Basic.

    The refusal of a missing half names the parameter, for the dialect's words.
    """
    username, password = ask.fields.get("username"), ask.fields.get("password")
    basic = ask.basic
    if username is None and basic is not None and basic.username:
        user, password = basic.username, basic.password or password
    elif username is None:
        return missing("username")
    else:
        user, password = lenient(username), password or (basic.password if basic else b"")
    return Credentials(user, password) if password else missing("password")


def basic_first(ask: Ask) -> Credentials | Refusal:
    """Give user and password from Basic if it names a user, else from parameters."""
    basic = ask.basic
    if basic is None or not basic.username:
        return parameters_first(ask)
    password = basic.password or ask.fields.get("password")
    return Credentials(basic.username, password) if password else missing("password")


def parameters_only(ask: Ask) -> Credentials | Refusal:
    """Give user and password from parameters; from Basic only when neither is a parameter."""
    if ask.basic is not None and "username" not in ask.fields and "password" not in ask.fields:
        return basic_first(ask)
    username, password = ask.fields.get("username"), ask.fields.get("password")
    if username is None:
        return missing("username")
    return missing("password") if password is None else Credentials(lenient(username), password)


def missing(field: str) -> Refusal:
    """Give the refusal of a mandatory parameter that is absent or blank."""
    return Refusal(Reason.MISSING_PARAMETER, field)


def _basic(header: str) -> Credentials | None:
    """Read an Authorization header; a vendor's own sample puts blanks around the colon."""
    halves = parse_basic(header)
    if halves is None:
        return None
    user, password = halves
    return Credentials(lenient(user.strip()), password.strip())


def _read_body(request: Request, *, json: bool) -> _Body:
    """Read a body by its Content-Type, or by its first octet when that tells nothing."""
    kind, parameters = content_type(request.headers.get("content-type", ""))
    charset = CHARSETS.get(parameters.get("charset", "").lower(), "")
    if kind == "multipart/form-data":
        return _read_parts(request.body, parameters.get("boundary", ""), charset)
    # Many clients label JSON as a form, so the first octet is believed before the label.
    is_json = kind == "application/json" or kind.endswith("+json")
    if is_json or request.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        if not json:
            return _Body(charset=charset)
        pairs = _parse_object(request.body)
        return _Body(fault=BAD_BODY) if pairs is None else _Body(pairs)
    # HTTP/1.0 clients end a body with a line end that is no part of its last value.
    return _Body(parse_form(request.body.rstrip(b"\r\n")), charset=charset)


def _read_parts(body: bytes, boundary: str, charset: str) -> _Body:
    """Read the field parts of a multipart body as pairs, and keep its file parts."""
    try:
        parts = parse_multipart(body, boundary)
    except BadMultipart:
        return _Body(fault=BAD_PARTS)
    pairs = [(part.name.encode(), part.content) for part in parts if not part.is_file]
    return _Body(pairs, tuple(part for part in parts if part.is_file), charset)


def _parse_object(value: bytes) -> Pairs | None:
    """Read a JSON object, or a JSON string that holds one; None if it is neither."""
    try:
        decoded = msgspec.json.decode(value.lstrip(b"\xef\xbb\xbf"))
        if isinstance(decoded, str):
            decoded = msgspec.json.decode(decoded)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    if not isinstance(decoded, dict):
        return None
    return [
        (name.encode(), octets)
        for name, member in decoded.items()
        for item in (member if isinstance(member, list) else (member,))
        if (octets := _octets(item) or _strange(name, member, item)) is not None
    ]


def _strange(name: str, member: object, item: object) -> bytes | None:
    """Give what stands in a list of recipients and is none, for its entry to be refused.

    A comma would part it; what it says is for people to see.
    """
    if not isinstance(member, list) or name.strip().lower() not in LISTS or isinstance(item, str):
        return None
    return msgspec.json.encode(item).replace(b",", b";")


def _octets(item: object) -> bytes | None:
    """Give a string or number of a JSON object as a form would carry it; None for the rest."""
    match item:
        case str():
            return item.encode()
        case bool():
            return None
        case float() if item.is_integer():
            # Spreadsheets and data frames turn numbers into floats; `.0` would be one digit more.
            return str(int(item)).encode()
        case int() | float():
            return str(item).encode()
        case _:
            return None


def _parse_embedded(fields: dict[str, bytes]) -> Pairs | None:
    """Read the field `json` or `data` as the body if it holds an object; None if it is broken."""
    for name in ("json", "data"):
        value = fields.get(name, b"")
        if value.startswith(b"{"):
            return _parse_object(value)
        if value.startswith(b'"') and (pairs := _parse_object(value)):
            return pairs
    return []

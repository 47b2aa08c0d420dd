"""The settings of one process: a TOML file, and the environment above it.

What the operator's customers and carriers are is not here but in the store (`dragoman apply`).
Each setting is a field below with its description; docs/reference/settings.md is made from them
(scripts/reference.py).  Refuses to guess: an unknown key is an error that names it.
"""

import platform
import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

FILE = "dragoman.toml"
PREFIX = "DRAGOMAN_"

# Tables of the other file; whoever mixes the two up is told where they belong.
_WORLD_TABLES = frozenset({"account", "carrier", "dialect", "gateway", "number", "price", "route"})

# Kubernetes puts such variables into every container beside a service named "dragoman".
_SERVICE_LINK = re.compile(r"_SERVICE_(HOST|PORT.*)$|_PORT(_\d+_(TCP|UDP|SCTP)(_[A-Z]+)?)?$")


class ConfigError(ValueError):
    """The settings cannot be used; the text has a line for each thing that is wrong."""


class Address(str):
    """Where to listen, as text `host:port`; an empty host is every address of this machine."""

    __slots__ = ("host", "port")

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `host:port`, `[IPv6]:port`, `:port` or `*:port`; ValueError says what is wrong."""
        host, colon, port = text.strip().rpartition(":")
        if not colon or not port.isascii() or not port.isdigit() or int(port) > 65_535:
            raise ValueError(f"{text!r} must be host:port, such as 127.0.0.1:8080 or [::1]:8080")
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
        elif ":" in host:
            raise ValueError(f"{text!r} must have brackets around its host: [{host}]:{port}")
        host = "" if host == "*" else host
        address = cls(f"[{host}]:{int(port)}" if ":" in host else f"{host}:{int(port)}")
        address.host = host
        address.port = int(port)
        return address


Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """Where messages, accounts and money are kept."""

    url: Annotated[
        str,
        Meta(
            description="The database: `sqlite:///` and a path (a fourth slash makes it absolute),"
            " or `postgresql://user:password@host/database` when several hosts share it."
        ),
    ] = "sqlite:///dragoman.db"
    key: Annotated[
        str,
        Meta(
            description="The key that seals carriers' passwords: 32 random octets in base64, as"
            " `openssl rand -base64 32` gives them, the same on every node. Empty: on SQLite it is"
            " made once and kept in `dragoman.key` beside the database; PostgreSQL needs one."
        ),
    ] = ""
    key_file: Annotated[
        str, Meta(description="A file that holds `key`, for set-ups that mount their secrets.")
    ] = ""

    def given_key(self) -> str:
        """Give the key as it was given, here or in a file; empty if it was not."""
        if not self.key_file:
            return self.key
        try:
            return Path(self.key_file).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"store.key_file: {error}") from error

    def __repr__(self) -> str:
        return "Store(...)"  # url and key are secrets


class Http(msgspec.Struct, frozen=True, kw_only=True):
    """The listener that customers talk to."""

    listen: Annotated[
        Address,
        Meta(
            description="Address and port of all dialects. `:8080` listens on every address of the"
            " host; IPv6 stands in brackets; port 0 takes a free one."
        ),
    ] = Address.parse("127.0.0.1:8080")
    certificate: Annotated[
        str,
        Meta(
            description="A PEM file with the certificate and its chain; with it `listen` is https."
        ),
    ] = ""
    key: Annotated[str, Meta(description="The PEM file with the certificate's key.")] = ""
    processes: Annotated[
        int,
        Meta(
            ge=-1,
            le=64,
            description="Processes that speak with customers, beside the one that stores and"
            " speaks with carriers. 0: none, one process does it all. -1: one where the host has"
            " more than one core, else none.",
        ),
    ] = -1
    max_body: Annotated[
        Count, Meta(description="Octets that a request's body may have; more is answered with 413.")
    ] = 1_048_576
    max_line: Annotated[
        Count,
        Meta(description="Octets that a request's target may have; more is answered with 414."),
    ] = 65_536
    max_connections: Annotated[
        Count,
        Meta(description="Connections at the same time; further ones are answered with 503."),
    ] = 1_000
    max_connections_per_address: Annotated[
        int,
        Meta(
            ge=0,
            description="Of these, how many one address may have, or one /64 network of IPv6;"
            " further ones are answered with 503. 0: as many as there may be. Trusted proxies"
            " are not limited.",
        ),
    ] = 250
    max_pipelined: Annotated[
        Count,
        Meta(
            description="Requests of one connection that may wait for their answers before no more"
            " is read from it."
        ),
    ] = 32
    header_timeout_s: Annotated[
        Seconds, Meta(description="Seconds from a request's first octet to the end of its head.")
    ] = 10.0
    body_timeout_s: Annotated[
        Seconds, Meta(description="Seconds from the end of a request's head to that of its body.")
    ] = 30.0
    idle_timeout_s: Annotated[
        Seconds, Meta(description="Seconds that a connection may stay open between two requests.")
    ] = 75.0
    write_timeout_s: Annotated[
        Seconds, Meta(description="Seconds that a client may take nothing of its answers.")
    ] = 30.0
    drain_s: Annotated[
        Seconds,
        Meta(description="Seconds that a shutdown waits for the answers that are under way."),
    ] = 10.0
    access_log: Annotated[
        bool,
        Meta(
            description="Write a line for each request to standard output. Passwords, keys and the"
            " texts of messages are masked."
        ),
    ] = False
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Networks of proxies whose `X-Forwarded-For` is believed, such as"
            " `10.0.0.0/8`."
        ),
    ] = ()


class Ops(msgspec.Struct, frozen=True, kw_only=True):
    """The listener for those who run the gateway."""

    listen: Annotated[
        Address,
        Meta(
            description="Address and port of `/healthz`, `/readyz`, `/metrics` and `/status.json`."
            " They ask for no password: keep it off the public network."
        ),
    ] = Address.parse("127.0.0.1:8081")


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """What is written to standard error."""

    format: Annotated[
        Literal["console", "json"],
        Meta(description="`console` for people, or `json` with one object a line."),
    ] = "console"
    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="The least that is written: `debug`, `info`, `warning` or `error`."),
    ] = "info"


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """This process among others on the same store."""

    name: Annotated[
        str,
        Meta(
            description="A name that no other node of the store has. Empty: the name of the host."
        ),
    ] = ""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of a process."""

    store: Store = Store()
    http: Http = Http()
    ops: Ops = Ops()
    log: Log = Log()
    node: Node = Node()


class Setting(NamedTuple):
    """One setting as the reference shows it."""

    section: str
    key: str
    type: Any
    default: Any
    description: str

    @property
    def name(self) -> str:
        """Its name in the file."""
        return f"{self.section}.{self.key}"

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return f"{PREFIX}{self.section}_{self.key}".upper()


def _list_settings() -> Iterator[Setting]:
    for section, table in get_type_hints(Config).items():
        hints = get_type_hints(table, include_extras=True)
        for field in msgspec.structs.fields(table):
            kind, *metas = get_args(hints[field.name])
            described = next(meta for meta in reversed(metas) if meta.description)
            rules = [meta for meta in metas if meta is not described]
            kind = Annotated[kind, *rules] if rules else kind
            yield Setting(section, field.name, kind, field.default, described.description)


SETTINGS = tuple(_list_settings())
_SECTIONS = tuple({f"{PREFIX}{setting.section}_".upper() for setting in SETTINGS})


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Read the settings of a file and those of the environment, which win.

    Without a path `dragoman.toml` of the working directory is read if it is there.  Raises
    ConfigError with everything that is wrong.
    """
    if path is None and Path(FILE).exists():
        path = Path(FILE)
    wrong: list[str] = []
    given: dict[Setting, Any] = {}
    if path is not None:
        given |= _read_tables(_read_file(path), str(path), wrong)
    given |= _read_environment(environ, wrong)
    config = _assemble(given)
    wrong += _contradictions(config)
    if wrong:
        raise ConfigError("\n".join(wrong))
    return config


def _read_file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _read_tables(tables: dict[str, Any], where: str, wrong: list[str]) -> dict[Setting, Any]:
    given: dict[Setting, Any] = {}
    known = {setting.name: setting for setting in SETTINGS}
    sections = sorted({setting.section for setting in SETTINGS})
    for section, table in tables.items():
        if section in _WORLD_TABLES:
            wrong.append(f"{where}: [{section}] belongs to the file for `dragoman apply`")
        elif section not in sections:
            wrong.append(f"{where}: [{section}] is not known{_nearest(section, sections)}")
        elif not isinstance(table, dict):
            wrong.append(f"{where}: {section} must be a table: [{section}]")
        else:
            for key, value in table.items():
                name = f"{section}.{key}"
                if name in known:
                    _take(known[name], value, f"{where}: {name}", given, wrong)
                else:
                    wrong.append(f"{where}: {name} is not known{_nearest(name, list(known))}")
    return given


def _read_environment(environ: Mapping[str, str], wrong: list[str]) -> dict[Setting, Any]:
    given: dict[Setting, Any] = {}
    known = {setting.variable: setting for setting in SETTINGS}
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PREFIX) or not text:
            continue
        if variable in known:
            setting = known[variable]
            _take(setting, _untext(setting, text), variable, given, wrong, is_text=True)
        elif not _SERVICE_LINK.search(variable):
            # Others may begin with our name too, such as those that hold an account's password.
            nearest = _nearest(variable, list(known), PREFIX)
            if nearest or variable.startswith(_SECTIONS):
                wrong.append(f"{variable} is not known{nearest}")
    return given


def _untext(setting: Setting, text: str) -> Any:
    """Give what the text of a variable would be in TOML, as far as msgspec does not know."""
    if setting.type is bool:
        return _BOOLEANS.get(text.strip().lower(), text)
    if get_origin(setting.type) is tuple:
        return [word.strip() for word in text.split(",") if word.strip()]
    return text


_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


def _take(
    setting: Setting,
    value: Any,
    where: str,
    given: dict[Setting, Any],
    wrong: list[str],
    *,
    is_text: bool = False,
) -> None:
    try:
        given[setting] = msgspec.convert(
            value, setting.type, strict=not is_text, dec_hook=_decode_address
        )
    except msgspec.ValidationError as error:
        # Only an address tells more than what is wanted; no other value is shown, it may be secret.
        is_address = setting.type is Address and isinstance(value, str)
        wrong.append(
            f"{where}: {error}" if is_address else f"{where} must be {words(setting.type)}"
        )


def words(kind: Any) -> str:
    """Say which values a setting takes."""
    if get_origin(kind) is Literal:
        return " or ".join(repr(value) for value in get_args(kind))
    if get_origin(kind) is Annotated:
        kind, rule = get_args(kind)
        least = f"above {rule.gt}" if rule.gt is not None else f"of at least {rule.ge}"
        return f"{_WORDS[kind]} {least}" + (f" and at most {rule.le}" if rule.le else "")
    return _WORDS[kind]


_WORDS: dict[Any, str] = {
    Address: "an address such as '127.0.0.1:8080'",
    bool: "true or false",
    float: "a number",
    int: "a whole number",
    str: "a text in quotes",
    tuple[str, ...]: "a list of texts",
}


def _decode_address(_kind: type, value: Any) -> Address:
    if not isinstance(value, str):
        raise TypeError
    return Address.parse(value)


def _nearest(name: str, known: list[str], prefix: str = "") -> str:
    """Give the question for the known name that is near, what all have in common left out."""
    rests = [other.removeprefix(prefix) for other in known]
    near = get_close_matches(name.removeprefix(prefix), rests, 1, cutoff=0.75)
    return f"; did you mean {prefix}{near[0]}?" if near else ""


def _assemble(given: Mapping[Setting, Any]) -> Config:
    sections = {
        section: table(
            **{setting.key: value for setting, value in given.items() if setting.section == section}
        )
        for section, table in get_type_hints(Config).items()
    }
    config = Config(**sections)
    if config.node.name:
        return config
    return msgspec.structs.replace(config, node=Node(name=platform.node() or "node"))


def _contradictions(config: Config) -> Iterator[str]:
    """Give what each setting alone does not show."""
    http = config.http
    if bool(http.certificate) != bool(http.key):
        yield "http.certificate and http.key must both be given, or neither"
    if http.listen == config.ops.listen and http.listen.port:
        yield f"http.listen and ops.listen must differ; both are {http.listen}"
    if config.store.key and config.store.key_file:
        yield "store.key and store.key_file must not both be given"
    for network in http.trusted_proxies:
        try:
            ip_network(network, strict=False)
        except ValueError:
            yield f"http.trusted_proxies: {network!r} must be a network such as 10.0.0.0/8"

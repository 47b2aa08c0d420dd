"""The reference pages of the commands and of the world file, made from what the code reads.

Written to docs/reference by scripts/reference.py; nothing else uses them.
"""

from collections.abc import Iterator, Mapping
from inspect import cleandoc
from typing import Any

import msgspec
import typer
from msgspec import UNSET, inspect

from dragoman.carriers.profile import SmppProfile
from dragoman.carriers.simulator.options import SmscOptions
from dragoman.cli.commands import app
from dragoman.cli.kinds import KINDS
from dragoman.core.worldfile.keys import (
    DIALECT_KEYS,
    NOT_YET,
    AccountKeys,
    CarrierKeys,
    GatewayKeys,
    NumberKeys,
    PriceKeys,
    RouteKeys,
)
from dragoman.core.worldfile.name_keys import GroupKeys, ListKeys
from dragoman.core.worldfile.render import render_value
from dragoman.core.worldfile.tables import describe
from dragoman.dialects import DIALECTS

# table: what the options of a carrier of kind smpp are for
SMPP_WORDS = {
    "host": "Where the SMSC is.",
    "port": "Its port.",
    "system_id": "As whom we bind.",
    "system_type": "As what, where the SMSC asks for it.",
    "interface_version": "The version that the bind names; 52 is 3.4.",
    "address_range": "Which numbers a receiver serves, where the SMSC asks for it.",
    "bind": "How we bind; `transmitter+receiver` is a pair for each of `binds`.",
    "binds": "How many binds share the carrier's traffic.",
    "tls": "The link is TLS.",
    "tls_verify": "The SMSC's certificate is checked.",
    "tls_ca": "PEM file of the authorities that are trusted; empty: the system's.",
    "tls_certificate": "PEM file of our own certificate.",
    "tls_key": "PEM file of its key.",
    "tls_name": "The name that the SMSC's certificate must have; empty: `host`.",
    "window": "submit_sm without an answer at the same time, for each bind.",
    "rate": "submit_sm a second over all binds; 0: no limit.",
    "enquire_link_s": "Silence after which we ask whether the SMSC is there.",
    "response_timeout_s": "How long an answer is waited for before a message is uncertain.",
    "connect_timeout_s": "How long a connection may take.",
    "bind_timeout_s": "How long the answer to a bind may take.",
    "retry_most_s": "The longest wait between two tries to bind.",
    "throttle_statuses": "Further command_status values that mean: too fast.",
    "final_statuses": "Further values that no other carrier would judge otherwise.",
    "elsewhere_statuses": "Further values after which another carrier is tried.",
    "service_type": "service_type of every submit_sm.",
    "alphanumeric": "TON and NPI of senders that are names.",
    "international": "TON and NPI of senders that are international numbers.",
    "shortcode": "TON and NPI of senders that are shortcodes.",
    "local": "TON and NPI of other numbers.",
    "shortcode_digits": "Up to how many digits a number is a shortcode.",
    "recipient": "TON and NPI of recipients.",
    "address_form": "How recipients are written.",
    "country_code": "What is cut off for `national`, and what national numbers get that come.",
    "national_prefix": "What stands in its place.",
    "registered_delivery": "What asks for a receipt.",
    "validity": "How the validity period is written, if at all.",
    "sender_charset": "What senders that are names are written in; others are refused at once.",
    "gsm7": "How GSM 7-bit travels; `latin1` refuses what that cannot write.",
    "languages": "National tables that the carrier lets through, such as `tr`, or `*` for all.",
    "data_coding": "The carrier's own data_coding in place of the standard's, by its number.",
    "protocol_id": "protocol_id of every submit_sm.",
    "priority": "priority_flag of every submit_sm.",
    "message_priority": "A message that has a priority carries it in place of that; carriers"
    " that refuse it (ESME_RINVPRTFLG) need `false`.",
    "tlvs": "Optional parameters of every submit_sm: `tag` with a `value`, or with a `field` of the"
    " message such as `entityid`.",
    "id_form": "How message ids of answers and receipts are matched.",
    "receipts": "Which segments of a long message the carrier reports; with `none` it gives no"
    " receipts, and its messages end as `sent`.",
    "unmarked_receipts": "Receipts may come without their mark in esm_class.",
    "on_uncertain": "What is done when no answer came in time.",
    "on_cut": "What is done when the link was lost before the answer.",
    "in_order": "One segment for each recipient on the wire, so that none overtakes.",
}

# table: what the options of a carrier of kind simulator are for, beside those of smpp
BOXED_WORDS = {
    "host": "The address that its network listens on.",
    "port": "Its port; 0: any that is free.",
    "control_port": "HTTP port to steer it; 0: any, -1: none.",
    "accounts": "Who may bind: system_id and password; none: anybody.",
    "most_binds": "Binds of one system_id; 0: any number.",
    "receipt_delay_s": "How long handsets take.",
    "id_form": "How it writes message ids.",
    "receipt_id_form": "How its receipts write them; empty: the same.",
    "first_id": "The first id that it gives.",
    "keep": "Messages that its handsets remember.",
    "tls_certificate": "PEM file of its certificate; with it the link is TLS.",
    "tls_key": "PEM file of its key.",
}

# The lists of the world file that are nothing but their keys.
ROWS: dict[str, type[msgspec.Struct]] = {
    "route": RouteKeys,
    "price": PriceKeys,
    "number": NumberKeys,
    "group": GroupKeys,
    "list": ListKeys,
}

LATER = " *Stored; nothing reads it yet.*"


def cli_page() -> str:
    """Give the page of the commands."""
    lines = [
        "# Commands",
        "",
        "Every command works on the store, so it does whether the gateway is up or not; a running",
        "gateway follows within a second. What its carriers are doing it says itself, over the ops",
        "listener.",
        "",
        "Exit codes: 0 done; 1 refused or failed, and the error says what to do; 2 the command",
        "line is wrong. With `--json` the answer is one JSON document on standard output, an error",
        'too: `{"error": "...", "problems": ["..."]}`. Passwords are never arguments.',
    ]
    for name, command in commands():
        lines += ["", f"## dragoman {name}", "", command.help or "", ""]
        lines += ["```sh", usage(name, command), "```"]
        if rows := list(parameter_rows(command)):
            lines += ["", "| | |", "|---|---|", *rows]
    return "\n".join(lines) + "\n"


def commands() -> Iterator[tuple[str, Any]]:
    """Give every command with its whole name."""
    root: Any = typer.main.get_command(app)
    for name, command in root.commands.items():
        inner = getattr(command, "commands", {})
        if command.params or not inner:
            yield name, command
        for sub, subcommand in inner.items():
            yield f"{name} {sub}", subcommand


def usage(name: str, command: Any) -> str:
    """Give the usage line of a command."""
    arguments = [
        parameter.metavar or parameter.name.upper()
        for parameter in visible(command)
        if parameter.param_type_name == "argument"
    ]
    return " ".join([f"dragoman {name}", *arguments, "[OPTIONS]"])


def parameter_rows(command: Any) -> Iterator[str]:
    """Give a row for each argument and option."""
    for parameter in visible(command):
        is_option = parameter.param_type_name == "option"
        shown = ", ".join(parameter.opts) if is_option else parameter.metavar
        default = parameter.default
        plain = is_option and default not in (None, False, "") and not callable(default)
        yield f"| `{shown}` | {parameter.help}{f' Default: {default}.' if plain else ''} |"


def visible(command: Any) -> list[Any]:
    """Give the parameters of a command that are its own."""
    return [parameter for parameter in command.params if parameter.name != "help"]


def world_page() -> str:
    """Give the page of the world file."""
    lines = [
        "# World file",
        "",
        "What `dragoman apply` reads and `dragoman export` writes: who may send, how messages",
        "leave, what they cost. It is declarative: an entry that left the file is removed, but an",
        "account or carrier that messages speak of is disabled instead, and groups and lists are",
        "left alone, for they are customers' data. Applying a file twice changes nothing the",
        "second time, and if anything is wrong, nothing is changed at all.",
        "",
        "Amounts are texts or numbers with at most 6 decimals. A secret may be left out, or be",
        '`"***"`: then the one that the store has stays; it can come from the environment of',
        '`apply` by its key with `_env` behind. A switch is `true` or `false`, `"on"` or `"off"`.',
    ]
    lines += table("[[account]]", AccountKeys, "account")
    lines += table("[[carrier]]", CarrierKeys, "")
    lines += options("smpp", SmppProfile, SMPP_WORDS)
    lines += options("simulator", SmscOptions, BOXED_WORDS)
    for name, keys in ROWS.items():
        lines += table(f"[[{name}]]", keys, "")
    lines += table("[gateway]", GatewayKeys, "gateway")
    for name, keys_ in DIALECT_KEYS.items():
        lines += table(f"[dialect.{name}]", keys_, "dialect", DIALECTS[name].defaults)
    return "\n".join(lines) + "\n"


def table(
    head: str, keys: type[msgspec.Struct], scope: str, defaults: Mapping[str, object] | None = None
) -> list[str]:
    """Give a table of the world file: a row for each key."""
    words = cleandoc(keys.__doc__ or "").partition(": ")[2]
    lead = [words[:1].upper() + words[1:], ""] if words else []
    lines = ["", f"## {head}", "", *lead, "| key | takes | default | |", "|---|---|---|---|"]
    for field in msgspec.structs.fields(keys):
        shape = inspect.type_info(field.type)
        said = shape.extra_json_schema or {} if isinstance(shape, inspect.Metadata) else {}
        later = LATER if field.name in NOT_YET.get(scope, ()) else ""
        words = f"{said.get('description', '')}{later}"
        lines.append(row(field, shape, words, (defaults or {}).get(field.name, UNSET)))
    return lines


def options(kind: str, keys: type[msgspec.Struct], words: dict[str, str]) -> list[str]:
    """Give the options of a kind of carrier: a row for each key."""
    lines = ["", f'### kind = "{kind}"', ""]
    if kind == "simulator":
        lines += [
            "A network of its own, for the first five minutes. The options of `smpp` and:",
            "",
        ]
    lines += ["| key | takes | default | |", "|---|---|---|---|"]
    known = {field.name for field in msgspec.structs.fields(KINDS[kind].options)}
    for field in msgspec.structs.fields(keys):
        if field.name in words and field.name in known:
            lines.append(row(field, inspect.type_info(field.type), words[field.name]))
    return lines


def row(
    field: msgspec.structs.FieldInfo, shape: inspect.Type, words: str, given: object = UNSET
) -> str:
    """Give the row of one key."""
    takes = describe(shape).replace("|", "\\|")
    return f"| `{field.name}` | {takes} | {default(field, given)} | {words} |"


def default(field: msgspec.structs.FieldInfo, given: object) -> str:
    """Give a key's default as the file would have it; nothing where there is none."""
    if field.required:
        return "required"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if value is UNSET:
        value = given
    if value is UNSET:
        return ""
    plain = msgspec.to_builtins(value, enc_hook=lambda v: int(v) if isinstance(v, int) else str(v))
    return f"`{render_value(plain)}`"

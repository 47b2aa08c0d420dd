"""`inbound`, `network` and `handset`: names, arguments and help; see commands.py."""

from pathlib import Path
from typing import Annotated

import typer

from dragoman.cli import frame
from dragoman.cli.arguments import Json, Limit, OfAccount, Settings

inbound = typer.Typer(help="What handsets wrote to us.", no_args_is_help=True)
handset = typer.Typer(help="Phones of a simulator.", no_args_is_help=True)
network = typer.Typer(help="Which numbers belong to which network.", no_args_is_help=True)

InboundId = Annotated[int, typer.Argument(metavar="ID", help="As `inbound list` shows it.")]
InboundIds = Annotated[
    list[int], typer.Argument(metavar="ID...", help="As `inbound list` shows them.")
]


@inbound.command("list")
def inbound_list(
    account: OfAccount = "",
    unclaimed: Annotated[
        bool, typer.Option("--unclaimed", help="Only what came to nobody's number.")
    ] = False,
    limit: Limit = 50,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Show what handsets wrote, the newest first."""
    from dragoman.cli.inbound import show_inbound

    frame.answer(
        config, lambda o: show_inbound(o, account, limit, unclaimed=unclaimed), as_json=as_json
    )


@inbound.command("show")
def inbound_show(inbound_id: InboundId, config: Settings = None, as_json: Json = False) -> None:
    """Show one message from a handset whole."""
    from dragoman.cli.inbound import show_one

    frame.answer(config, lambda o: show_one(o, inbound_id), as_json=as_json)


@inbound.command("claim")
def inbound_claim(
    inbound_ids: InboundIds,
    account: Annotated[str, typer.Option("--account", help="Who gets them.")],
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Give messages that are nobody's to an account, and tell it of them."""
    from dragoman.cli.inbound import claim

    frame.answer(config, lambda o: claim(o, inbound_ids, account), as_json=as_json)


@network.command("import")
def network_import(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.csv", help="Lines of prefix,code or first-last,code; - reads from stdin."
        ),
    ],
    instead: Annotated[
        bool, typer.Option("--replace", help="In place of all that are known, not beside them.")
    ] = False,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Learn which prefixes of numbers belong to which network code."""
    from dragoman.cli.networks import load, read_file

    frame.answer(
        config,
        lambda o: load(o, str(file), read_file(file), instead=instead),
        as_json=as_json,
    )


@network.command("list")
def network_list(
    number: Annotated[str, typer.Option("--number", help="Only the network of this number.")] = "",
    limit: Limit = 50,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Show the prefixes that are known, or the network of a number."""
    from dragoman.cli.networks import show_networks

    frame.answer(config, lambda o: show_networks(o, number, limit), as_json=as_json)


Control = Annotated[
    str, typer.Option("--control", metavar="HOST:PORT", help="The simulator's control port.")
]
Phone = Annotated[str, typer.Argument(metavar="NUMBER", help="The handset.")]


@handset.command("say")
def handset_say(
    number: Phone,
    to: Annotated[str, typer.Argument(metavar="TO", help="A number or shortcode of ours.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is typed.")] = "",
    alphabet: Annotated[
        str, typer.Option("--alphabet", help="gsm7, ucs2, latin1, binary; else what fits.")
    ] = "",
    language: Annotated[
        str, typer.Option("--language", help="National tables, such as turkish.")
    ] = "",
    octets: Annotated[str, typer.Option("--octets", help="Of binary, hexadecimal.")] = "",
    udh: Annotated[str, typer.Option("--udh", help="Of binary, with its length octet.")] = "",
    long: Annotated[
        str, typer.Option("--long", help="How a long text travels: udh, wide, sar, payload.")
    ] = "",
    by: Annotated[str, typer.Option("--by", help="deliver_sm or data_sm.")] = "",
    order: Annotated[
        list[int] | None,
        typer.Option("--order", help="A segment that arrives next; may be repeated."),
    ] = None,
    control: Control = "127.0.0.1:2776",
    as_json: Json = False,
) -> None:
    """Let a handset write to us."""
    from dragoman.cli.handsets import say

    words: dict[str, object] = {
        "from": number,
        "to": to,
        "text": text,
        "alphabet": alphabet,
        "language": language,
        "octets": octets,
        "udh": udh,
        "long": long,
        "by": by,
        "order": order or [],
    }
    frame.tell(lambda: say(control, words), as_json=as_json)


@handset.command("show")
def handset_show(number: Phone, control: Control = "127.0.0.1:2776", as_json: Json = False) -> None:
    """Show what a handset has on its screen."""
    from dragoman.cli.handsets import show

    frame.tell(lambda: show(control, number), as_json=as_json)


@handset.command("set")
def handset_set(
    number: Phone,
    reply: Annotated[str, typer.Option("--reply", help="What it answers to everything.")] = "",
    reply_delay_s: Annotated[
        float, typer.Option("--reply-delay", min=0, help="Seconds before it does.")
    ] = 0.0,
    state: Annotated[
        str, typer.Option("--state", help="What receipts say, such as undeliverable.")
    ] = "delivered",
    error: Annotated[str, typer.Option("--error", help="The code in them.")] = "000",
    control: Control = "127.0.0.1:2776",
    as_json: Json = False,
) -> None:
    """Say how a handset behaves from now on."""
    from dragoman.cli.handsets import behave

    conduct: dict[str, object] = {
        "state": state,
        "error": error,
        "reply": reply,
        "reply_delay_s": reply_delay_s,
    }
    frame.tell(lambda: behave(control, number, conduct), as_json=as_json)

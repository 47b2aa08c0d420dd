"""`send` and `preview`: names, arguments and help; see commands.py."""

from typing import Annotated, TypeAlias

import typer

from dragoman.cli import frame
from dragoman.cli.arguments import AccountName, Json, Settings

Text: TypeAlias = Annotated[
    str, typer.Argument(metavar="TEXT", help="The text; - reads it from stdin.")
]
Sender: TypeAlias = Annotated[str, typer.Option("--from", help="The sender that is shown.")]
Flash: TypeAlias = Annotated[bool, typer.Option("--flash", help="Shown at once, and not kept.")]
Link: TypeAlias = Annotated[
    str, typer.Option("--link", metavar="URL", help="A WAP push; TEXT is its title.")
]
Load: TypeAlias = Annotated[
    bool, typer.Option("--load", help="The handset opens the link unasked; TEXT is ''.")
]
Octets: TypeAlias = Annotated[
    bool, typer.Option("--octets", help="TEXT is hexadecimal, of 8-bit data.")
]
Header: TypeAlias = Annotated[
    str, typer.Option("--udh", metavar="HEX", help="Their header, its length octet first.")
]


def send(
    account: AccountName,
    recipients: Annotated[
        str, typer.Argument(metavar="RECIPIENT", help="A number, or several with commas.")
    ],
    text: Text,
    sender: Sender = "",
    flash: Flash = False,
    link: Link = "",
    load: Load = False,
    octets: Octets = False,
    udh: Header = "",
    at: Annotated[
        str, typer.Option("--at", help="Leave then, such as 2030-01-31T09:30Z; else at once.")
    ] = "",
    priority: Annotated[
        int | None,
        typer.Option("--priority", min=0, max=3, help="3 leaves first; else the account's."),
    ] = None,
    validity_s: Annotated[
        int | None,
        typer.Option(
            "--validity",
            min=0,
            help="Seconds after which it expires; 0: never; else the account's.",
        ),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow it to its end.")] = False,
    timeout_s: Annotated[
        float, typer.Option("--timeout", min=0.1, help="Seconds that --wait waits.")
    ] = 60.0,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Send a text for an account, at its price and by its rules."""
    from dragoman.cli.contents import Form
    from dragoman.cli.messages import Wish
    from dragoman.cli.messages import send as work

    form = Form(flash, link, load, octets, udh)
    wish = Wish(account, recipients, text, sender, at, priority, validity_s, form)
    frame.answer(config, lambda o: work(o, wish, timeout_s if wait else 0.0), as_json=as_json)


def preview(
    text: Text,
    account: Annotated[str, typer.Option("--account", help="Whose rules, prices and money.")],
    to: Annotated[str, typer.Option("--to", help="A number, or several with commas.")],
    sender: Sender = "",
    flash: Flash = False,
    link: Link = "",
    load: Load = False,
    octets: Octets = False,
    udh: Header = "",
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Show what a text would become and cost; nothing is sent."""
    from dragoman.cli.contents import Form
    from dragoman.cli.messages import Wish
    from dragoman.cli.preview import preview as work

    wish = Wish(account, to, text, sender, form=Form(flash, link, load, octets, udh))
    frame.answer(config, lambda o: work(o, wish), as_json=as_json)

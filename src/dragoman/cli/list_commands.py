"""The commands of the lists of numbers that get nothing: `dnd`, `optout`, `block`.

Opt-outs and blocks are an account's or everyone's, and have the same commands; the registry is one
for all.
"""

from pathlib import Path
from typing import Annotated

import typer

from dragoman.cli import frame
from dragoman.cli.arguments import AccountName, Json, Settings
from dragoman.model.barring import Bar

dnd = typer.Typer(help="The do-not-disturb registry of this gateway.", no_args_is_help=True)
optout = typer.Typer(
    help="Subscribers who want nothing more, and what proves it.", no_args_is_help=True
)
block = typer.Typer(help="Numbers that an account, or nobody, may send to.", no_args_is_help=True)

Numbers = Annotated[
    list[str],
    typer.Argument(metavar="NUMBER...", help="With country code, such as +447700900123."),
]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="With country code.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, or a number a line; - is stdin.")]
OfAccount = Annotated[str, typer.Option("--account", help="This account's list.")]
Everyone = Annotated[bool, typer.Option("--everyone", help="The list that holds for all.")]
Proof = Annotated[str, typer.Option("--proof", help="What proves it: words, a ticket, a letter.")]
Most = Annotated[int, typer.Option("--limit", min=0, help="Numbers at most; 0: all.")]
Column = Annotated[
    str, typer.Option("--column", help="The column by its head; else `number`, else the first.")
]
Country = Annotated[
    str, typer.Option("--country", help="Whose national numbers the file has, such as GB.")
]
Replace = Annotated[
    bool, typer.Option("--replace", help="Take off the list what the file does not have.")
]
Report = Annotated[
    Path | None, typer.Option("--report", help="Write the bad lines there: line, what, why.")
]


def screen_message(
    account: AccountName,
    recipients: Annotated[
        str, typer.Argument(metavar="RECIPIENT", help="A number, or several with commas.")
    ],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The text; - reads it from stdin.")],
    sender: Annotated[str, typer.Option("--from", help="The sender that is shown.")] = "",
    address: Annotated[
        str, typer.Option("--ip", help="The address that the call comes from.")
    ] = "",
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Ask every rule about a message, and say why; nothing is sent."""
    from dragoman.cli.screening import Question, judge

    question = Question(account, recipients, text, sender, address)
    frame.answer(config, lambda o: judge(o, question), as_json=as_json)


def _reading(app: typer.Typer, bar: Bar) -> None:
    """Give a kind of list the commands that look at all of its lists."""

    @app.command("show")
    def show_number(number: Number, config: Settings = None, as_json: Json = False) -> None:
        """Show whether a number is on such a list, and all that happened to it there."""
        from dragoman.cli.barred import show

        frame.answer(config, lambda o: show(o, bar, number), as_json=as_json)

    @app.command("count")
    def count_numbers(config: Settings = None, as_json: Json = False) -> None:
        """Show how many numbers there are, by whose list they are on."""
        from dragoman.cli.barred import count

        frame.answer(config, lambda o: count(o, bar), as_json=as_json)


def _owned(app: typer.Typer, bar: Bar) -> None:
    """Give a kind of list that accounts have the commands that work on one of its lists."""

    @app.command("add")
    def add_numbers(
        numbers: Numbers,
        account: OfAccount = "",
        everyone: Everyone = False,
        proof: Proof = "",
        config: Settings = None,
        as_json: Json = False,
    ) -> None:
        """Put numbers onto the list."""
        _add(Bar(bar), numbers, account, everyone, proof, config, as_json)

    @app.command("remove")
    def remove_numbers(
        numbers: Numbers,
        account: OfAccount = "",
        everyone: Everyone = False,
        proof: Proof = "",
        config: Settings = None,
        as_json: Json = False,
    ) -> None:
        """Take numbers off the list; its history stays."""
        _remove(Bar(bar), numbers, account, everyone, proof, config, as_json)

    @app.command("list")
    def list_numbers(
        account: OfAccount = "",
        everyone: Everyone = False,
        limit: Most = 50,
        config: Settings = None,
        as_json: Json = False,
    ) -> None:
        """Show the numbers of the list, in order, one a line."""
        _list(Bar(bar), account, everyone, limit, config, as_json)

    @app.command("import")
    def import_numbers(
        file: File,
        account: OfAccount = "",
        everyone: Everyone = False,
        column: Column = "",
        country: Country = "",
        replace: Replace = False,
        report: Report = None,
        proof: Proof = "",
        config: Settings = None,
        as_json: Json = False,
    ) -> None:
        """Put the numbers of a file onto the list, while the gateway runs."""
        owner = (Bar(bar), account, everyone)
        _import(*owner, file, column, country, replace, report, proof, config, as_json)


@dnd.command("add")
def dnd_add(
    numbers: Numbers, proof: Proof = "", config: Settings = None, as_json: Json = False
) -> None:
    """Put numbers onto the registry."""
    _add(Bar.DO_NOT_DISTURB, numbers, "", False, proof, config, as_json)


@dnd.command("remove")
def dnd_remove(
    numbers: Numbers, proof: Proof = "", config: Settings = None, as_json: Json = False
) -> None:
    """Take numbers off the registry; its history stays."""
    _remove(Bar.DO_NOT_DISTURB, numbers, "", False, proof, config, as_json)


@dnd.command("list")
def dnd_list(limit: Most = 50, config: Settings = None, as_json: Json = False) -> None:
    """Show the numbers of the registry, in order, one a line."""
    _list(Bar.DO_NOT_DISTURB, "", False, limit, config, as_json)


@dnd.command("import")
def dnd_import(
    file: File,
    column: Column = "",
    country: Country = "",
    replace: Replace = False,
    report: Report = None,
    proof: Proof = "",
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Put the numbers of a file onto the registry, while the gateway runs."""
    owner = (Bar.DO_NOT_DISTURB, "", False)
    _import(*owner, file, column, country, replace, report, proof, config, as_json)


def _add(
    bar: Bar,
    numbers: list[str],
    account: str,
    everyone: bool,
    proof: str,
    config: Path | None,
    as_json: bool,
) -> None:
    from dragoman.cli.barred import Owner, add

    owner = Owner(bar, account, everyone)
    frame.answer(config, lambda o: add(o, owner, numbers, proof), as_json=as_json)


def _remove(
    bar: Bar,
    numbers: list[str],
    account: str,
    everyone: bool,
    proof: str,
    config: Path | None,
    as_json: bool,
) -> None:
    from dragoman.cli.barred import Owner, remove

    owner = Owner(bar, account, everyone)
    frame.answer(config, lambda o: remove(o, owner, numbers, proof), as_json=as_json)


def _list(
    bar: Bar, account: str, everyone: bool, limit: int, config: Path | None, as_json: bool
) -> None:
    from dragoman.cli.barred import Owner, show_list

    owner = Owner(bar, account, everyone)
    frame.answer(config, lambda o: show_list(o, owner, limit), as_json=as_json)


def _import(
    bar: Bar,
    account: str,
    everyone: bool,
    file: Path,
    column: str,
    country: str,
    replace: bool,
    report: Path | None,
    proof: str,
    config: Path | None,
    as_json: bool,
) -> None:
    from dragoman.cli.barred import Owner
    from dragoman.cli.barred_import import Import, import_file

    work = Import(
        owner=Owner(bar, account, everyone),
        file=file,
        column=column,
        country=country,
        replace=replace,
        report=report,
        proof=proof,
    )
    frame.answer(config, lambda o: import_file(o, work), as_json=as_json)


_reading(dnd, Bar.DO_NOT_DISTURB)
for _app, _bar in ((optout, Bar.OPTED_OUT), (block, Bar.BLOCKED)):
    _owned(_app, _bar)
    _reading(_app, _bar)

"""The commands of what stands in the place of numbers: `contact`, `group`, `list`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from msgspec import UNSET

from dragoman.cli import frame
from dragoman.cli.arguments import AccountName, Json, Settings

contact = typer.Typer(help="Numbers that an account knows.", no_args_is_help=True)
group = typer.Typer(help="Distribution lists: names that stand for contacts.", no_args_is_help=True)
subscription = typer.Typer(
    help="Subscription lists: who joined and left, and what proves it.", no_args_is_help=True
)


class Asked(StrEnum):
    """By which way somebody asked for a change."""

    SUPPORT = "support"
    PHONE = "phone"
    EMAIL = "email"
    FORM = "form"


class Deed(StrEnum):
    """What is done to a member."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    DELETE = "delete"


Numbers = Annotated[
    list[str],
    typer.Argument(metavar="NUMBER...", help="With country code, or of the account's country."),
]
GroupName = Annotated[str, typer.Argument(metavar="GROUP", help="The group's name, in any case.")]
ListName = Annotated[str, typer.Argument(metavar="LIST", help="The list's name, in any case.")]
OfAccount = Annotated[str, typer.Option("--account", help="Only this account's.")]
IntoGroup = Annotated[str, typer.Option("--group", help="Put into this group; made if new.")]
OfGroup = Annotated[str, typer.Option("--group", help="Only the members of this group.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, or a number a line; - is stdin.")]
Column = Annotated[
    str, typer.Option("--column", help="The column by its head; else `number`, else the first.")
]
Report = Annotated[
    Path | None, typer.Option("--report", help="Write the bad lines there: line, what, why.")
]
Limit = Annotated[int, typer.Option("--limit", min=1, help="Rows at most.")]
Premium = Annotated[
    bool | None,
    typer.Option("--premium/--user", help="The operator's, for premium rate; or the customer's."),
]
Join = Annotated[
    list[str] | None, typer.Option("--join", help="A text from a handset that subscribes it.")
]
Stop = Annotated[
    list[str] | None, typer.Option("--stop", help="A text from a handset that unsubscribes it.")
]
PlatformStop = Annotated[
    bool | None,
    typer.Option(
        "--platform-stop/--no-platform-stop", help="A STOP to the platform counts here, too."
    ),
]
OnDead = Annotated[
    bool | None,
    typer.Option("--delete-dead/--keep-dead", help="Delete a number that a receipt calls dead."),
]
OnSend = Annotated[
    bool | None,
    typer.Option("--join-on-send/--no-join-on-send", help="Subscribe whom the account texts."),
]
AskedBy = Annotated[Asked, typer.Option("--source", help="By which way it was asked for.")]
Proof = Annotated[str, typer.Option("--proof", help="What proves it: words, a ticket, a letter.")]


@contact.command("add")
def contact_add(
    account: AccountName,
    numbers: Numbers,
    name: Annotated[str, typer.Option("--name", help="What the one number is called.")] = "",
    into: IntoGroup = "",
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Keep numbers as contacts of an account."""
    from dragoman.cli.groups import Owner, add

    owner = Owner(account, into)
    frame.answer(config, lambda o: add(o, owner, numbers, name), as_json=as_json)


@contact.command("remove")
def contact_remove(
    account: AccountName, numbers: Numbers, config: Settings = None, as_json: Json = False
) -> None:
    """Delete contacts, out of all groups, too."""
    from dragoman.cli.groups import Owner, remove

    frame.answer(config, lambda o: remove(o, Owner(account), numbers), as_json=as_json)


@contact.command("list")
def contact_list(
    account: AccountName,
    of: OfGroup = "",
    limit: Limit = 50,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Show contacts in the order of their numbers."""
    from dragoman.cli.groups import Owner, show

    frame.answer(config, lambda o: show(o, Owner(account, of), limit), as_json=as_json)


@contact.command("import")
def contact_import(
    account: AccountName,
    file: File,
    into: IntoGroup = "",
    column: Column = "",
    report: Report = None,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Keep the numbers of a file, and the names of its column `name`."""
    _import_contacts(account, into, file, column, report, config, as_json)


def _import_contacts(
    account: str,
    into: str,
    file: Path,
    column: str,
    report: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    from dragoman.cli.filework import FileWork
    from dragoman.cli.groups import Owner, import_file

    work = FileWork(file=file, column=column, beside="name", report=report)
    frame.answer(config, lambda o: import_file(o, Owner(account, into), work), as_json=as_json)


@group.command("list")
def group_list(account: OfAccount = "", config: Settings = None, as_json: Json = False) -> None:
    """Show groups and how large they are."""
    from dragoman.cli.groups import show_groups

    frame.answer(config, lambda o: show_groups(o, account), as_json=as_json)


@group.command("show")
def group_show(
    account: AccountName,
    name: GroupName,
    limit: Limit = 50,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Show the members of a group."""
    from dragoman.cli.groups import Owner, show

    frame.answer(config, lambda o: show(o, Owner(account, name), limit), as_json=as_json)


@group.command("add")
def group_add(
    account: AccountName,
    name: GroupName,
    numbers: Numbers,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Put numbers into a group, which is made if there is none of that name."""
    from dragoman.cli.groups import Owner, add

    frame.answer(config, lambda o: add(o, Owner(account, name), numbers), as_json=as_json)


@group.command("remove")
def group_remove(
    account: AccountName,
    name: GroupName,
    numbers: Numbers,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Take numbers out of a group; they stay contacts."""
    from dragoman.cli.groups import Owner, remove

    frame.answer(config, lambda o: remove(o, Owner(account, name), numbers), as_json=as_json)


@group.command("delete")
def group_delete(
    account: AccountName, name: GroupName, config: Settings = None, as_json: Json = False
) -> None:
    """Delete a group; its members stay contacts."""
    from dragoman.cli.groups import Owner, delete

    frame.answer(config, lambda o: delete(o, Owner(account, name)), as_json=as_json)


@group.command("import")
def group_import(
    account: AccountName,
    name: GroupName,
    file: File,
    column: Column = "",
    report: Report = None,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Put the numbers of a file into a group, with the names of its column `name`."""
    _import_contacts(account, name, file, column, report, config, as_json)


JoinReply = Annotated[
    str | None, typer.Option("--join-reply", help="What a handset is answered that joins.")
]
StopReply = Annotated[
    str | None, typer.Option("--stop-reply", help="What a handset is answered that leaves.")
]


@subscription.command("create")
def list_create(
    account: AccountName,
    name: ListName,
    premium: Premium = None,
    join: Join = None,
    stop: Stop = None,
    platform_stop: PlatformStop = None,
    on_dead: OnDead = None,
    on_send: OnSend = None,
    join_reply: JoinReply = None,
    stop_reply: StopReply = None,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Make a list."""
    _rule(
        account,
        name,
        premium,
        join,
        stop,
        platform_stop,
        on_dead,
        on_send,
        join_reply,
        stop_reply,
        config,
        as_json,
        True,
    )


@subscription.command("change")
def list_change(
    account: AccountName,
    name: ListName,
    premium: Premium = None,
    join: Join = None,
    stop: Stop = None,
    platform_stop: PlatformStop = None,
    on_dead: OnDead = None,
    on_send: OnSend = None,
    join_reply: JoinReply = None,
    stop_reply: StopReply = None,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Change the rules of a list; what is not named stays, and --join '' leaves no words."""
    _rule(
        account,
        name,
        premium,
        join,
        stop,
        platform_stop,
        on_dead,
        on_send,
        join_reply,
        stop_reply,
        config,
        as_json,
        False,
    )


def _rule(
    account: str,
    name: str,
    premium: bool | None,
    join: list[str] | None,
    stop: list[str] | None,
    platform_stop: bool | None,
    on_dead: bool | None,
    on_send: bool | None,
    join_reply: str | None,
    stop_reply: str | None,
    config: Path | None,
    as_json: bool,
    is_new: bool,
) -> None:
    from dragoman.cli.subscriptions import Rules, change, create
    from dragoman.model.lists import ListKind

    rules = Rules(
        kind=UNSET if premium is None else int(ListKind.PREMIUM if premium else ListKind.USER),
        join_words=tuple(join) if join else UNSET,
        stop_words=tuple(stop) if stop else UNSET,
        platform_stop=UNSET if platform_stop is None else platform_stop,
        on_dead=UNSET if on_dead is None else "delete" if on_dead else "keep",
        on_mt_sms=UNSET if on_send is None else "subscribe" if on_send else "keep",
        join_reply=UNSET if join_reply is None else join_reply,
        stop_reply=UNSET if stop_reply is None else stop_reply,
    )
    work = create if is_new else change
    frame.answer(config, lambda o: work(o, account, name, rules), as_json=as_json)


@subscription.command("drop")
def list_drop(
    account: AccountName, name: ListName, config: Settings = None, as_json: Json = False
) -> None:
    """Delete a list and its members; its events are kept."""
    from dragoman.cli.subscriptions import drop

    frame.answer(config, lambda o: drop(o, account, name), as_json=as_json)


@subscription.command("list")
def list_list(account: OfAccount = "", config: Settings = None, as_json: Json = False) -> None:
    """Show lists and how many are in them."""
    from dragoman.cli.subscriptions import show_lists

    frame.answer(config, lambda o: show_lists(o, account), as_json=as_json)


@subscription.command("show")
def list_show(
    account: AccountName,
    name: ListName,
    limit: Limit = 50,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Show a list: its rules and its members."""
    from dragoman.cli.subscriptions import show_list

    frame.answer(config, lambda o: show_list(o, account, name, limit), as_json=as_json)


@subscription.command("subscribe")
def list_subscribe(
    account: AccountName,
    name: ListName,
    numbers: Numbers,
    source: AskedBy = Asked.SUPPORT,
    proof: Proof = "",
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Subscribe numbers to a list."""
    _do(account, name, numbers, Deed.SUBSCRIBE, source, proof, config, as_json)


@subscription.command("unsubscribe")
def list_unsubscribe(
    account: AccountName,
    name: ListName,
    numbers: Numbers,
    source: AskedBy = Asked.SUPPORT,
    proof: Proof = "",
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Unsubscribe numbers; the list remembers that they do not want to be in it."""
    _do(account, name, numbers, Deed.UNSUBSCRIBE, source, proof, config, as_json)


@subscription.command("delete")
def list_delete(
    account: AccountName,
    name: ListName,
    numbers: Numbers,
    source: AskedBy = Asked.SUPPORT,
    proof: Proof = "",
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Delete numbers from a list, as if it had never known them; the events stay."""
    _do(account, name, numbers, Deed.DELETE, source, proof, config, as_json)


def _do(
    account: str,
    name: str,
    numbers: list[str],
    deed: Deed,
    source: Asked,
    proof: str,
    config: Path | None,
    as_json: bool,
) -> None:
    from dragoman.cli.subscriptions import ACTIONS, Word, change_members

    word = Word(ACTIONS[deed.value], source.value, proof)
    frame.answer(config, lambda o: change_members(o, account, name, numbers, word), as_json=as_json)


@subscription.command("import")
def list_import(
    account: AccountName,
    name: ListName,
    file: File,
    action: Annotated[
        Deed, typer.Option("--action", help="What is done to the numbers of the file.")
    ] = Deed.SUBSCRIBE,
    column: Column = "",
    report: Report = None,
    source: AskedBy = Asked.SUPPORT,
    proof: Proof = "",
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Subscribe the numbers of a file, while the gateway runs."""
    from dragoman.cli.filework import FileWork
    from dragoman.cli.subscriptions import ACTIONS, Word, import_file

    word = Word(ACTIONS[action.value], source.value, proof)
    work = FileWork(file=file, column=column, report=report)
    frame.answer(config, lambda o: import_file(o, account, name, word, work), as_json=as_json)


@subscription.command("events")
def list_events(
    account: AccountName,
    number: Annotated[str, typer.Option("--number", help="Only this number's.")] = "",
    limit: Limit = 50,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Show who joined and left, when, by which way and on what proof, the newest first."""
    from dragoman.cli.subscriptions import show_events

    frame.answer(config, lambda o: show_events(o, account, number, limit), as_json=as_json)

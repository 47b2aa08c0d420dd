"""The command line: names, arguments and help of every command.

Each imports what it needs when it runs, so that `--help` is quick and `serve` stays small.
"""

from pathlib import Path
from typing import Annotated

import typer

from dragoman import __version__
from dragoman.cli import frame
from dragoman.cli.arguments import AccountName, Json, Limit, OfAccount, Settings
from dragoman.cli.inbound_commands import handset, inbound, network
from dragoman.cli.list_commands import block, dnd, optout, screen_message
from dragoman.cli.name_commands import contact, group, subscription
from dragoman.cli.outbox_commands import outbox
from dragoman.cli.send_commands import preview, send
from dragoman.cli.setting_commands import account_set, gateway

app = typer.Typer(
    name="dragoman",
    help="An SMS gateway that speaks everyone's HTTP API.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
account = typer.Typer(help="Customers and their money.", no_args_is_help=True)
carrier = typer.Typer(help="Connections to the networks.", no_args_is_help=True)
queue = typer.Typer(help="What waits, why, and for how long yet.")
schedule = typer.Typer(help="What is to leave later.", no_args_is_help=True)
db = typer.Typer(help="The store as a whole.", no_args_is_help=True)
app.add_typer(account, name="account")
app.add_typer(gateway, name="gateway")
app.add_typer(carrier, name="carrier")
app.add_typer(queue, name="queue")
app.add_typer(schedule, name="schedule")
app.add_typer(inbound, name="inbound")
app.add_typer(outbox, name="outbox")
app.add_typer(network, name="network")
app.command("screen")(screen_message)
app.add_typer(dnd, name="dnd")
app.add_typer(optout, name="optout")
app.add_typer(block, name="block")
app.add_typer(handset, name="handset")
app.add_typer(contact, name="contact")
app.add_typer(group, name="group")
app.add_typer(subscription, name="list")
app.add_typer(db, name="db")

CarrierName = Annotated[str, typer.Argument(metavar="CARRIER", help="The carrier's name.")]
Amount = Annotated[str, typer.Argument(metavar="AMOUNT", help="Such as 12.50.")]
Note = Annotated[str, typer.Option("--note", help="Why, for the ledger.")]
Ref = Annotated[
    str, typer.Argument(metavar="ID", help="The id as any dialect, or `send`, told it.")
]
Refs = Annotated[
    list[str] | None, typer.Argument(metavar="ID...", help="Ids as any dialect, or `send`, told.")
]
AllOfAccount = Annotated[str, typer.Option("--account", help="All that this account has waiting.")]
Whole = Annotated[
    bool, typer.Option("--whole", help="The other messages of the same request, too.")
]
Why = Annotated[str, typer.Option("--note", help="Why, for timeline and ledger.")]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"dragoman {__version__}")
        raise typer.Exit


# As in the simulator, which is not imported for a help text.
FAULTS = (
    "throttle_every, rate_limit, throttle_status, fail_every, fail_status, silent_every, "
    "response_delay_s, drop_every, bind_status, ghost_s, receipt_first, receipt_copies, "
    "receipt_segments, receipt_shuffle_s, receipt_unmarked, receipt_coding, receipt_tlvs, "
    "receipt_text, stray_every"
)


@app.callback()
def about(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Run an SMS gateway that speaks everyone's HTTP API."""


@app.command()
def serve(
    config: Settings = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Log in JSON: log.format = json.")
    ] = False,
) -> None:
    """Run the gateway until it is told to stop."""
    from dragoman.cli.gateway import run

    run(config, as_json=as_json)


@app.command()
def apply(
    world: Annotated[
        Path, typer.Argument(metavar="WORLD.toml", help="The world file; - reads it from stdin.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Make accounts, carriers, routes and prices those of a file."""
    from dragoman.cli.world import apply_file

    frame.answer(
        config, lambda o: apply_file(o, world, dry_run=dry_run), as_json=as_json, makes=True
    )


@app.command()
def export(config: Settings = None, as_json: Json = False) -> None:
    """Write the world file of the store, secrets masked."""
    from dragoman.cli.world import export_file

    frame.answer(config, export_file, as_json=as_json)


app.command()(send)
app.command()(preview)


@app.command()
def status(ref: Ref, config: Settings = None, as_json: Json = False) -> None:
    """Show a message's whole life."""
    from dragoman.cli.messages import status as work

    frame.answer(config, lambda o: work(o, ref), as_json=as_json)


@app.command()
def balance(account: AccountName, config: Settings = None, as_json: Json = False) -> None:
    """Show what an account has."""
    from dragoman.cli.accounts import show_balance

    frame.answer(config, lambda o: show_balance(o, account), as_json=as_json)


@account.command("list")
def account_list(config: Settings = None, as_json: Json = False) -> None:
    """Show all accounts."""
    from dragoman.cli.accounts import show_accounts

    frame.answer(config, show_accounts, as_json=as_json)


@account.command("show")
def account_show(account: AccountName, config: Settings = None, as_json: Json = False) -> None:
    """Show one account: money, limits, and what it has used of them."""
    from dragoman.cli.accounts import show_account

    frame.answer(config, lambda o: show_account(o, account), as_json=as_json)


account.command("set")(account_set)


@account.command("credit")
def account_credit(
    account: AccountName,
    amount: Amount,
    note: Note = "",
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Add to an account's balance."""
    from dragoman.cli.accounts import change_balance

    frame.answer(
        config, lambda o: change_balance(o, account, amount, note, "topup"), as_json=as_json
    )


@account.command("debit")
def account_debit(
    account: AccountName,
    amount: Amount,
    note: Note = "",
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Take from an account's balance."""
    from dragoman.cli.accounts import change_balance

    frame.answer(
        config, lambda o: change_balance(o, account, amount, note, "adjust"), as_json=as_json
    )


@account.command("ledger")
def account_ledger(
    account: AccountName, limit: Limit = 50, config: Settings = None, as_json: Json = False
) -> None:
    """Show what was paid in and given back, the newest first."""
    from dragoman.cli.accounts import show_ledger

    frame.answer(config, lambda o: show_ledger(o, account, limit), as_json=as_json)


@account.command("check")
def account_check(config: Settings = None, as_json: Json = False) -> None:
    """Prove that every balance adds up; reads all messages."""
    from dragoman.cli.accounts import check_accounts

    frame.answer(config, check_accounts, as_json=as_json)


@carrier.command("list")
def carrier_list(config: Settings = None, as_json: Json = False) -> None:
    """Show all carriers: state, queue, window, rate, and why one is down."""
    from dragoman.cli.carriers import show_carriers

    frame.answer(config, show_carriers, as_json=as_json)


@carrier.command("show")
def carrier_show(name: CarrierName, config: Settings = None, as_json: Json = False) -> None:
    """Show one carrier: configuration, binds, queue."""
    from dragoman.cli.carriers import show_carrier

    frame.answer(config, lambda o: show_carrier(o, name), as_json=as_json)


@queue.callback(invoke_without_command=True)
def queue_show(context: typer.Context, config: Settings = None, as_json: Json = False) -> None:
    """Show what waits for each carrier, why, and for how long yet."""
    if context.invoked_subcommand is None:
        from dragoman.cli.carriers import show_queue

        frame.answer(config, show_queue, as_json=as_json)


@queue.command("list")
def queue_list(
    name: CarrierName, limit: Limit = 50, config: Settings = None, as_json: Json = False
) -> None:
    """Show the messages that wait for a carrier, the oldest first."""
    from dragoman.cli.carriers import list_queue

    frame.answer(config, lambda o: list_queue(o, name, limit), as_json=as_json)


@queue.command("move")
def queue_move(
    name: CarrierName,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Who gets them.")],
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Give what waits for one carrier to another."""
    from dragoman.cli.carriers import move_queue

    frame.answer(config, lambda o: move_queue(o, name, other), as_json=as_json)


@queue.command("cancel")
def queue_cancel(
    refs: Refs = None,
    account: AllOfAccount = "",
    whole: Whole = False,
    note: Why = "",
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Call back what is queued and has not left, and give back what it cost."""
    from dragoman.cli.schedule import Wish, cancel

    wish = Wish(tuple(refs or ()), account, whole, note)
    frame.answer(config, lambda o: cancel(o, wish, queued=True), as_json=as_json)


@schedule.command("list")
def schedule_list(
    account: OfAccount = "", limit: Limit = 50, config: Settings = None, as_json: Json = False
) -> None:
    """Show what is scheduled, the next to leave first."""
    from dragoman.cli.schedule import show_schedule

    frame.answer(config, lambda o: show_schedule(o, account, limit), as_json=as_json)


@schedule.command("cancel")
def schedule_cancel(
    refs: Refs = None,
    account: AllOfAccount = "",
    whole: Whole = False,
    note: Why = "",
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Call back what is scheduled and has not left, and give back what it cost."""
    from dragoman.cli.schedule import Wish, cancel

    wish = Wish(tuple(refs or ()), account, whole, note)
    frame.answer(config, lambda o: cancel(o, wish, queued=False), as_json=as_json)


@schedule.command("change")
def schedule_change(
    ref: Ref,
    at: Annotated[
        str, typer.Option("--at", help="Such as 2030-01-31T09:30Z; without zone local; or now.")
    ],
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Give a scheduled message another time to leave."""
    from dragoman.cli.schedule import change

    frame.answer(config, lambda o: change(o, ref, at), as_json=as_json)


@db.command("version")
def db_version(config: Settings = None, as_json: Json = False) -> None:
    """Show engine, size, and how its tables stand to this version."""
    from dragoman.cli.database import show_version

    frame.tell(lambda: show_version(config), as_json=as_json)


@db.command("migrate")
def db_migrate(config: Settings = None, as_json: Json = False) -> None:
    """Make the tables, or bring older ones up; `serve` does the same."""
    from dragoman.cli.database import make_current

    frame.tell(lambda: make_current(config), as_json=as_json)


@db.command("check")
def db_check(config: Settings = None, as_json: Json = False) -> None:
    """Look for damage and for balances that do not add up."""
    from dragoman.cli.database import check

    frame.answer(config, check, as_json=as_json)


@db.command("backup")
def db_backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The copy; must not exist.")],
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Copy an SQLite store while it is in use."""
    from dragoman.cli.database import back_up

    frame.tell(lambda: back_up(config, target), as_json=as_json)


@db.command("vacuum")
def db_vacuum(config: Settings = None, as_json: Json = False) -> None:
    """Give back the room of what was deleted."""
    from dragoman.cli.database import vacuum

    frame.tell(lambda: vacuum(config), as_json=as_json)


@app.command()
def smsc(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes any that is free.")] = 2775,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    control_port: Annotated[
        int, typer.Option(min=-1, max=65_535, help="HTTP port to steer it; 0: any, -1: none.")
    ] = -1,
    logins: Annotated[
        Path | None,
        typer.Option(help="File of system_id:password lines; without it anybody may bind."),
    ] = None,
    most_binds: Annotated[int, typer.Option(min=0, help="Of one system_id; 0: any number.")] = 0,
    id_form: Annotated[str, typer.Option(help="How message ids are written.")] = "decimal",
    receipt_id_form: Annotated[
        str, typer.Option(help="How receipts write them; as the response if left out.")
    ] = "",
    receipt_delay_s: Annotated[
        float, typer.Option("--receipt-delay", min=0, help="Seconds before a receipt.")
    ] = 0.0,
    fault: Annotated[
        list[str] | None,
        typer.Option(help=f"What goes wrong, as name=value; may be repeated. Names: {FAULTS}."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Totals, not each message.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object for each line.")] = False,
) -> None:
    """Run the SMSC simulator: a network with handsets, and faults on request."""
    from dragoman.cli.simulate import simulate

    settings: dict[str, object] = {
        "port": port,
        "host": host,
        "control_port": control_port,
        "most_binds": most_binds,
        "id_form": id_form,
        "receipt_id_form": receipt_id_form,
        "receipt_delay_s": receipt_delay_s,
    }
    frame.run(
        lambda: simulate(settings, fault or [], logins, quiet=quiet, as_json=as_json),
        as_json=as_json,
    )


@app.command()
def demo(
    stay: Annotated[
        bool, typer.Option("--stay", help="Keep gateway and network up afterwards.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Tell the story: a text through each dialect, over real SMPP, to DELIVERED, and back."""
    from dragoman.cli.demo import tell_story

    raise typer.Exit(tell_story(stay=stay, as_json=as_json))

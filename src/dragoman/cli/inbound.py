"""`inbound`: what handsets wrote to us, whose it is, and giving an owner to what has none."""

from dragoman.cli.frame import Opened, Refused, Shown, now_us
from dragoman.cli.lookup import account_called, names_of
from dragoman.cli.screen import Screen, clock, iso
from dragoman.cli.timeline import Names, counted
from dragoman.core.counters import Counters
from dragoman.core.inbox import Inbox
from dragoman.core.networks import NAMES
from dragoman.core.snapshot import compile_world
from dragoman.dialects import DIALECTS
from dragoman.model.inbound import ASIDE, GATEWAY, RECEIPT_ASIDE, Inbound
from dragoman.store import inbound
from dragoman.store.world import read_world

SHOWN_MOST = 60  # characters of a text in a list
NOBODY = "-"


async def show_inbound(opened: Opened, account: str, limit: int, *, unclaimed: bool) -> Shown:
    """List what handsets wrote, the newest first."""
    if unclaimed and account:
        raise Refused("--unclaimed is what no account has; leave --account out")
    async with opened.database.reading() as tx:
        world = await read_world(tx)
        account_id = account_called(world, account).id if account else 0 if unclaimed else None
        messages = await inbound.page(tx, limit, account_id=account_id)
    names = names_of(world)

    def people(screen: Screen) -> None:
        if not messages:
            screen.line("nothing that nobody has" if unclaimed else "nothing has come")
            return
        heads = ("id", "received", "from", "to", "account", "text")
        screen.table(heads, [_row(message, names) for message in messages], right=("id",))
        if unclaimed:
            screen.line(
                "give it to somebody with: dragoman inbound claim ID... --account NAME", "dim"
            )

    return Shown({"inbound": [_data(message, names) for message in messages]}, people)


async def show_one(opened: Opened, inbound_id: int) -> Shown:
    """Show one message whole."""
    async with opened.database.reading() as tx:
        names = names_of(await read_world(tx))
        found = await inbound.find(tx, [inbound_id])
    if not found:
        raise Refused(f"there is no inbound message {inbound_id}; see `dragoman inbound list`")
    [message] = found

    def people(screen: Screen) -> None:
        screen.spans((f"{message.id}", "bold"), (f"  {clock(message.received_us)}", ""))
        for name, words in _facts(message, names):
            screen.line(f"{name:<9}{words}")
        screen.line()
        screen.line(_words(message))

    return Shown(_data(message, names), people)


async def claim(opened: Opened, inbound_ids: list[int], account: str) -> Shown:
    """Give messages that nobody has to an account, which is told of them as if they came now."""
    async with opened.database.transaction() as tx:
        world = await read_world(tx)
        owner = account_called(world, account)
        messages = await inbound.find(tx, inbound_ids)
        known = {message.id: message for message in messages}
        for inbound_id in inbound_ids:
            if inbound_id not in known:
                raise Refused(f"there is no inbound message {inbound_id}; nothing was changed")
            if known[inbound_id].account_id:
                raise Refused(f"inbound message {inbound_id} has an owner; nothing was changed")
            if known[inbound_id].deed == RECEIPT_ASIDE:
                raise Refused(f"inbound message {inbound_id} is a receipt; nothing was changed")
        snapshot = compile_world(world, DIALECTS)
        await Inbox(lambda: snapshot, Counters()).claim(tx, messages, owner.id, now_us())

    def people(screen: Screen) -> None:
        screen.line(f"{counted(len(messages), 'message')} given to {owner.name}")
        unknown = sorted(
            {m.recipient for m in messages if snapshot.numbers.find(m.recipient) is None}
        )
        for number in unknown:
            screen.note(
                f"{number} is nobody's number: a [[number]] keeps this from happening again"
            )

    return Shown({"account": owner.name, "claimed": [message.id for message in messages]}, people)


def _row(message: Inbound, names: Names) -> tuple[object, ...]:
    words = " ".join(_words(message).split())
    short = words if len(words) <= SHOWN_MOST else f"{words[: SHOWN_MOST - 3]}..."
    return (
        message.id,
        clock(message.received_us),
        message.sender,
        message.recipient,
        _owner(message, names) or NOBODY,
        short,
    )


def _facts(message: Inbound, names: Names) -> list[tuple[str, str]]:
    network = message.network
    came = f"{message.segments} of {message.total}" if message.total > 1 else ""
    missing = "" if message.is_whole else "; the rest did not come in time"
    facts = [
        ("from", message.sender),
        ("to", message.recipient),
        ("account", _owner(message, names) or "nobody's"),
        ("carrier", names.carriers.get(message.carrier_id, str(message.carrier_id))),
        ("network", f"{network} {NAMES.get(network, '')}".strip()),
        ("segments", f"{came}{missing}"),
        ("context", message.context),
        ("answers", f"message {message.message_id}" if message.message_id else ""),
        ("did", message.deed),
        ("header", message.udh.hex()),
    ]
    return [(name, words) for name, words in facts if words]


def _owner(message: Inbound, names: Names) -> str:
    if message.account_id == GATEWAY:
        return "(the gateway)"
    if not message.account_id:
        return ""
    return names.accounts.get(message.account_id, (f"account {message.account_id}", ""))[0]


def _words(message: Inbound) -> str:
    """Give the text; octets that are none, or were not read, in hexadecimal."""
    words = message.text or message.octets.hex()
    return f"({message.deed}) {words}" if message.deed in (ASIDE, RECEIPT_ASIDE) else words


def _data(message: Inbound, names: Names) -> dict[str, object]:
    return {
        "id": message.id,
        "received": iso(message.received_us),
        "from": message.sender,
        "to": message.recipient,
        "account": _owner(message, names) or None,
        "carrier": names.carriers.get(message.carrier_id),
        "text": message.text,
        "octets": message.octets.hex(),
        "udh": message.udh.hex(),
        "data_coding": message.data_coding,
        "segments": message.segments,
        "total": message.total,
        "network": message.network or None,
        "context": message.context,
        "answers": message.message_id or None,
        "deed": message.deed or None,
    }

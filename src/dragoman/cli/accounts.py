"""`balance` and `account`: what customers have, what they were given, and the proof of it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from dragoman.cli.frame import Opened, Refused, Shown, now_us
from dragoman.cli.lookup import account_called
from dragoman.cli.screen import Screen, clock, iso
from dragoman.cli.timeline import counted
from dragoman.core.quota import quota_of, spans
from dragoman.core.worldfile.sorts import read_amount, render_amount
from dragoman.model.world import Account
from dragoman.store import ledger
from dragoman.store import quota as store
from dragoman.store.database import Tx
from dragoman.store.world import read_world

LAST_MONTH = 999_999  # what is greater is a day
# The keys of an account that say how much, how fast and when it may send.
LIMITS = (
    *("rate", "daily_quota", "monthly_quota", "quota_unit", "max_parts", "validity_s"),
    *("priority", "quiet_hours", "quiet_days", "quiet_zone", "quiet_exempt_priority"),
)


async def show_balance(opened: Opened, name: str) -> Shown:
    """Show what an account has and how far it may go."""
    async with opened.database.reading() as tx:
        account = account_called(await read_world(tx), name)
    room_u = account.balance_u + account.overdraft_u

    def people(screen: Screen) -> None:
        beyond = f", {render_amount(room_u)} with the overdraft" if account.overdraft_u else ""
        screen.line(f"{render_amount(account.balance_u)} {account.currency}{beyond}")

    return Shown({**summary(account), "available": render_amount(room_u)}, people)


async def show_accounts(opened: Opened) -> Shown:
    """Show all accounts."""
    async with opened.database.reading() as tx:
        world = await read_world(tx)
        used = await quotas_used(tx, world.accounts)

    def people(screen: Screen) -> None:
        heads = ["account", "balance", "overdraft", "currency", "state", "dialects"]
        if any(used.values()):
            heads.append("used")
        screen.table(
            heads,
            [_cells(account, used[account.id])[: len(heads)] for account in world.accounts],
            right=("balance", "overdraft"),
        )
        if not world.accounts:
            screen.note("there are no accounts yet; `dragoman apply WORLD.toml` makes them")

    rows = [{**summary(account), "quotas": used[account.id]} for account in world.accounts]
    return Shown(rows, people)


def _cells(account: Account, used: list[dict[str, object]]) -> tuple[object, ...]:
    return (
        account.name,
        render_amount(account.balance_u),
        render_amount(account.overdraft_u),
        account.currency,
        "enabled" if account.enabled else "disabled",
        ", ".join(account.dialects) or "all",
        ", ".join(f"{use_words(use)} {use['span']}" for use in used),
    )


def summary(account: Account) -> dict[str, object]:
    """Give an account for programs; no secrets."""
    return {
        "id": account.id,
        "name": account.name,
        "currency": account.currency,
        "balance": render_amount(account.balance_u),
        "overdraft": render_amount(account.overdraft_u),
        "enabled": account.enabled,
        "expires": iso(account.expires_us),
        "dialects": account.dialects,
    }


async def show_account(opened: Opened, name: str) -> Shown:
    """Show one account: its money, its limits, and what it has used of them."""
    async with opened.database.reading() as tx:
        account = account_called(await read_world(tx), name)
        used = await quotas_used(tx, [account])
    data = {**summary(account), "quotas": used[account.id]}
    options = account.options
    rows = [
        ("balance", f"{render_amount(account.balance_u)} {account.currency}"),
        ("overdraft", render_amount(account.overdraft_u)),
        ("state", "enabled" if account.enabled else "disabled"),
        ("dialects", ", ".join(account.dialects) or "all"),
        ("senders", ", ".join(account.senders) or "any"),
    ]
    rows += [(key, _shown(options[key])) for key in LIMITS if key in options]
    rows += [(f"used {use['span']}", use_words(use)) for use in used[account.id]]
    return Shown(data, lambda screen: screen.table(("key", "value"), rows))


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def use_words(use: dict[str, object]) -> str:
    """Give how much of a quota is used."""
    return f"{use['used']:,} of {use['limit']:,} {use['unit']}"


async def quotas_used(tx: Tx, accounts: Iterable[Account]) -> dict[int, list[dict[str, object]]]:
    """Give what accounts have used of their quotas today and this month."""
    now = now_us()
    quotas = {account.id: (quota_of(account), account) for account in accounts}
    wanted = {i: (quota, spans(quota, now)) for i, (quota, _) in quotas.items() if quota}
    counts = await store.used(tx, [(i, s.number) for i, (_, all_) in wanted.items() for s in all_])
    used: dict[int, list[dict[str, object]]] = {account_id: [] for account_id in quotas}
    for account_id, (quota, theirs) in wanted.items():
        used[account_id] = [
            {
                "span": "today" if span.number > LAST_MONTH else "this month",
                "used": counts.get((account_id, span.number), 0),
                "limit": span.limit,
                "unit": quota.unit,
            }
            for span in theirs
        ]
    return used


async def change_balance(
    opened: Opened, name: str, amount: str, note: str, kind: Literal["topup", "adjust"]
) -> Shown:
    """Add to an account, or take from it, as a row of its ledger."""
    try:
        amount_u = int(read_amount(Decimal(amount) if amount else amount))
    except (ValueError, ArithmeticError):
        raise Refused(f"{amount!r} is no amount; write it like 12.50") from None
    if amount_u <= 0:
        raise Refused("the amount must be above 0; to take money: `dragoman account debit`")
    async with opened.database.transaction() as tx:
        account = account_called(await read_world(tx), name)
        change_u = amount_u if kind == "topup" else -amount_u
        after_u = await ledger.credit(tx, account.id, change_u, kind, now_us(), note)
    if after_u is None:
        raise Refused(f"account {name!r} was removed meanwhile")
    words = f"{name} has {render_amount(after_u)} {account.currency} now"
    data = {**summary(account), "balance": render_amount(after_u)}
    return Shown(data, lambda screen: screen.line(words))


async def show_ledger(opened: Opened, name: str, limit: int) -> Shown:
    """Show the newest rows of an account's ledger; charges stand on the messages."""
    async with opened.database.reading() as tx:
        account = account_called(await read_world(tx), name)
        entries = await ledger.entries(tx, account.id, limit)

    def people(screen: Screen) -> None:
        screen.table(
            ("when", "amount", "balance", "kind", "message", "note"),
            [
                (
                    clock(entry.at_us),
                    render_amount(entry.amount_u),
                    render_amount(entry.balance_u),
                    entry.kind,
                    entry.message_id or "",
                    entry.note,
                )
                for entry in entries
            ],
            right=("amount", "balance", "message"),
        )

    rows = [
        {
            "id": entry.id,
            "at": iso(entry.at_us),
            "amount": render_amount(entry.amount_u),
            "balance": render_amount(entry.balance_u),
            "kind": entry.kind,
            "message_id": entry.message_id,
            "note": entry.note,
        }
        for entry in entries
    ]
    return Shown(rows, people)


async def check_accounts(opened: Opened) -> Shown:
    """Prove that every balance is what its ledger and its messages say."""
    async with opened.database.reading() as tx:
        world = await read_world(tx)
        wrong = await ledger.discrepancies(tx)

    def people(screen: Screen) -> None:
        if not wrong:
            screen.line(f"{counted(len(world.accounts), 'account')} checked, all add up")
            return
        screen.table(
            ("account", "balance", "should be"),
            [(d.name, render_amount(d.balance_u), render_amount(d.expected_u)) for d in wrong],
            right=("balance", "should be"),
        )

    rows = [
        {
            "name": found.name,
            "balance": render_amount(found.balance_u),
            "expected": render_amount(found.expected_u),
        }
        for found in wrong
    ]
    return Shown({"accounts": len(world.accounts), "wrong": rows}, people, code=bool(wrong))

"""Makes the store's world a file's, in one transaction, and a file of the store's world."""

from collections.abc import Callable

import msgspec

from dragoman.core.worldfile.named import GroupRow
from dragoman.core.worldfile.parse import WorldFile
from dragoman.core.worldfile.plan import Plan, Sealing, Used, plan, vanished
from dragoman.core.worldfile.render import render_world
from dragoman.model.world import World
from dragoman.store import groups, subscriptions
from dragoman.store import world as rows
from dragoman.store.database import Database, Tx
from dragoman.store.usage import used_accounts, used_carriers

TRIES = 5
EVERYBODY = 1 << 53


class Unsteady(RuntimeError):
    """Somebody else kept changing the world meanwhile."""


async def plan_world(database: Database, file: WorldFile, sealing: Sealing) -> Plan:
    """Give what applying a file would change; WorldError where it cannot be applied."""
    async with database.reading() as tx:
        known = await rows.read_world(tx)
        accounts, carriers = vanished(file, known)
        used = Used(
            frozenset(await used_accounts(tx, accounts)),
            frozenset(await used_carriers(tx, carriers)),
            await groups.all_members(tx) if file.groups else {},
        )
    return plan(file, known, used, sealing)


async def apply_world(
    database: Database, file: WorldFile, sealing: Sealing, clock_us: Callable[[], int]
) -> Plan:
    """Apply a file, all of it or nothing; give what was changed."""
    for _ in range(TRIES):
        made = await plan_world(database, file, sealing)
        if not made.changes:
            return made
        async with database.transaction() as tx:
            # The plan took its time (passwords are hashed slowly on purpose); it holds for the
            # world that it was made for and no other.
            if await rows.world_version(tx) == made.version:
                await write_plan(tx, made, clock_us())
                return made
    raise Unsteady("the world was changed by others again and again; try once more")


async def edit_world(
    database: Database,
    edit: Callable[[World], WorldFile],
    sealing: Sealing,
    clock_us: Callable[[], int],
) -> Plan:
    """Apply what `edit` makes of the world as it is; give what was changed."""
    for _ in range(TRIES):
        async with database.reading() as tx:
            world = await rows.read_world(tx)
        made = await plan_world(database, edit(world), sealing)
        if made.version != world.version:
            continue
        if not made.changes:
            return made
        async with database.transaction() as tx:
            if await rows.world_version(tx) == made.version:
                await write_plan(tx, made, clock_us())
                return made
    raise Unsteady("the world was changed by others again and again; try once more")


async def write_plan(tx: Tx, made: Plan, now_us: int) -> None:
    """Write a plan: what goes first, so that nothing is twice; then names, then what uses them."""
    await rows.delete_routes(tx, made.routes.gone)
    await rows.delete_prices(tx, made.prices.gone)
    await rows.delete_numbers(tx, made.numbers.gone)
    for account in made.accounts.gone:
        await rows.delete_account(tx, account.id)
    for carrier in made.carriers.gone:
        await rows.delete_carrier(tx, carrier.id)
    for setting in made.settings.gone:
        await rows.delete_setting(tx, setting.scope, setting.key)
    for setting in made.settings.put:
        await rows.put_setting(tx, setting.scope, setting.key, setting.value)
    accounts, carriers = {0: 0}, {}
    for account in made.accounts.put:
        row = msgspec.structs.replace(account, id=max(account.id, 0))
        accounts[account.id] = await rows.put_account(tx, row, now_us)
    for carrier in made.carriers.put:
        row_ = msgspec.structs.replace(carrier, id=max(carrier.id, 0))
        carriers[carrier.id] = await rows.put_carrier(tx, row_)
    await _write_users(tx, made, accounts, carriers)


async def _write_users(
    tx: Tx, made: Plan, accounts: dict[int, int], carriers: dict[int, int]
) -> None:
    """Write what names accounts and carriers, with the ids that new ones were given."""
    replace = msgspec.structs.replace
    await rows.put_routes(
        tx,
        [
            replace(
                route,
                account_id=accounts.get(route.account_id, route.account_id),
                carrier_id=carriers.get(route.carrier_id, route.carrier_id),
            )
            for route in made.routes.put
        ],
    )
    await rows.put_prices(
        tx,
        [
            replace(price, account_id=accounts.get(price.account_id, price.account_id))
            for price in made.prices.put
        ],
    )
    await rows.put_numbers(
        tx,
        [
            replace(number, account_id=accounts.get(number.account_id, number.account_id))
            for number in made.numbers.put
        ],
    )
    for group in made.groups.put:
        await _write_group(tx, accounts.get(group.account_id, group.account_id), group)
    for row in made.lists.put:
        account_id = accounts.get(row.account_id, row.account_id)
        await subscriptions.put_list(tx, replace(row, account_id=account_id))


async def _write_group(tx: Tx, account_id: int, wanted: GroupRow) -> None:
    """Make a group, and let it have exactly the members that the file tells."""
    group_id = await groups.put_group(tx, account_id, wanted.name)
    if wanted.members is None:
        return
    before = set(await groups.members(tx, group_id, EVERYBODY))
    await groups.leave(tx, group_id, sorted(before.difference(wanted.members)))
    await groups.put_contacts(tx, account_id, [groups.Contact(n, "") for n in wanted.members])
    await groups.join(tx, group_id, wanted.members)


async def export_world(database: Database) -> str:
    """Give the world file of the store, secrets masked."""
    async with database.reading() as tx:
        return render_world(await rows.read_world(tx), await groups.all_members(tx))

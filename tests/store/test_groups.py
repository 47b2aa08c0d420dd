from dragoman.model.lists import Group
from dragoman.store import groups
from dragoman.store.database import Database
from dragoman.store.groups import Contact
from dragoman.store.world import delete_account, put_account, read_world, world_version
from tests.store.test_world import ALICE, BOB

ONE, TWO, THREE = "447700900001", "447700900002", "447700900003"


async def test_a_group_is_called_in_any_case(store: Database) -> None:
    async with store.transaction() as tx:
        staff = await groups.put_group(tx, 1, "Staff")
        assert await groups.put_group(tx, 1, "STAFF") == staff
        other = await groups.put_group(tx, 2, "staff")
    async with store.reading() as tx:
        world = await read_world(tx)
        assert world.groups == (
            Group(id=staff, account_id=1, name="STAFF"),
            Group(id=other, account_id=2, name="staff"),
        )
        assert await world_version(tx) == 1


async def test_members_join_once_and_leave(store: Database) -> None:
    async with store.transaction() as tx:
        staff = await groups.put_group(tx, 1, "Staff")
        assert await groups.join(tx, staff, [TWO, ONE, TWO]) == 2
        assert await groups.join(tx, staff, [ONE, THREE]) == 1
        assert await groups.join(tx, staff, []) == 0
        assert await groups.members(tx, staff, 2) == [ONE, TWO]
        assert await groups.leave(tx, staff, [ONE, "1"]) == 1
        assert await groups.leave(tx, staff, []) == 0
        assert await groups.sizes(tx, [staff, 99]) == {staff: 2}
        assert await groups.all_members(tx) == {staff: [TWO, THREE]}


async def test_contacts_keep_the_name_that_is_known(store: Database) -> None:
    async with store.transaction() as tx:
        staff = await groups.put_group(tx, 1, "Staff")
        await groups.put_contacts(
            tx, 1, [Contact(ONE, "Ann"), Contact(ONE, ""), Contact(TWO, "Bo")]
        )
        await groups.put_contacts(tx, 1, [Contact(TWO, ""), Contact(THREE, "")])
        await groups.put_contacts(tx, 1, [])
        await groups.join(tx, staff, [ONE, THREE])
        assert await groups.contacts(tx, 1, 2) == [Contact(ONE, "Ann"), Contact(TWO, "Bo")]
        assert await groups.contacts(tx, 1, 9, after=TWO) == [Contact(THREE, "")]
        assert await groups.contacts(tx, 1, 9, group_id=staff) == [
            Contact(ONE, "Ann"),
            Contact(THREE, ""),
        ]
        assert await groups.contacts(tx, 2, 9) == []


async def test_a_deleted_contact_is_in_no_group(store: Database) -> None:
    async with store.transaction() as tx:
        staff = await groups.put_group(tx, 1, "Staff")
        theirs = await groups.put_group(tx, 2, "Staff")
        for group_id, account_id in ((staff, 1), (theirs, 2)):
            await groups.put_contacts(tx, account_id, [Contact(ONE, "Ann")])
            await groups.join(tx, group_id, [ONE])
        assert await groups.delete_contacts(tx, 1, [ONE, TWO]) == 1
        assert await groups.all_members(tx) == {theirs: [ONE]}
        assert await groups.contacts(tx, 2, 9) == [Contact(ONE, "Ann")]


async def test_a_deleted_group_leaves_its_contacts(store: Database) -> None:
    async with store.transaction() as tx:
        staff = await groups.put_group(tx, 1, "Staff")
        await groups.put_contacts(tx, 1, [Contact(ONE, "Ann")])
        await groups.join(tx, staff, [ONE])
        await groups.delete_group(tx, staff)
        assert await groups.all_members(tx) == {}
        assert await groups.contacts(tx, 1, 9) == [Contact(ONE, "Ann")]
        assert (await read_world(tx)).groups == ()


async def test_an_accounts_groups_go_with_it(store: Database) -> None:
    async with store.transaction() as tx:
        await put_account(tx, ALICE, 1)
        await put_account(tx, BOB, 1)
        for account_id in (1, 2):
            group_id = await groups.put_group(tx, account_id, "Staff")
            await groups.put_contacts(tx, account_id, [Contact(ONE, "Ann")])
            await groups.join(tx, group_id, [ONE])
        await delete_account(tx, 1)
        assert await groups.all_members(tx) == {2: [ONE]}
        assert await groups.contacts(tx, 1, 9) == []
        assert await groups.contacts(tx, 2, 9) == [Contact(ONE, "Ann")]

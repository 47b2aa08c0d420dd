import msgspec

from dragoman.model.inbound import Inbound
from dragoman.store import conversations, inbound
from dragoman.store.conversations import Conversation
from dragoman.store.database import Database
from dragoman.store.inbound import HeldSegment

ONE = Inbound(
    1,
    2,
    "447700900009",
    "60300",
    bytes(range(256)),
    8,
    64,
    5_000,
    account_id=7,
    text="Да 😀",
    udh=b"\x03\x24\x01\x01",
    segments=2,
    total=3,
    network="234010",
    context="order-77",
    message_id=99,
    deed="stop",
)
NOBODYS = Inbound(2, 2, "447700900009", "60301", b"Hi", 0, 0, 6_000, text="Hi")


async def test_what_handsets_write_is_kept(store: Database) -> None:
    async with store.transaction() as tx:
        await inbound.insert(tx, [ONE, NOBODYS])
    async with store.reading() as tx:
        assert await inbound.find(tx, [2, 1, 3]) == [ONE, NOBODYS]
        assert await inbound.page(tx, 5) == [NOBODYS, ONE]
        assert await inbound.page(tx, 1) == [NOBODYS]
        assert await inbound.page(tx, 5, before_id=2) == [ONE]
        assert await inbound.page(tx, 5, account_id=7) == [ONE]
        assert await inbound.page(tx, 5, account_id=0) == [NOBODYS]


async def test_what_came_before_anybody_read_it_is_there_as_octets(store: Database) -> None:
    async with store.transaction() as tx:
        await tx.run(
            "INSERT INTO inbound (id, carrier_id, sender, recipient, octets, data_coding,"
            " esm_class, received_us) VALUES (1, 2, '4477', '60300', ?, 0, 0, 5)",
            (b"Hi",),
        )
        assert await inbound.find(tx, [1]) == [Inbound(1, 2, "4477", "60300", b"Hi", 0, 0, 5)]


async def test_a_claim_changes_whose_it_is_and_what_it_did(store: Database) -> None:
    claimed = msgspec.structs.replace(
        NOBODYS, account_id=7, context="a", message_id=3, deed="start"
    )
    async with store.transaction() as tx:
        await inbound.insert(tx, [NOBODYS])
        await inbound.claim(tx, [claimed])
        assert await inbound.page(tx, 5, account_id=0) == []
        assert await inbound.find(tx, [2]) == [claimed]


async def test_fingerprints_are_remembered_until_their_time(store: Database) -> None:
    async with store.transaction() as tx:
        await inbound.remember(tx, [("a", 100), ("b", 200)])
        await inbound.remember(tx, [("a", 300)])
        assert await inbound.seen(tx, ["a", "b", "c"], 150) == {"a", "b"}
        assert await inbound.seen(tx, ["a", "b", "c"], 200) == {"a"}
        assert await inbound.forget_seen(tx, 250, 10) == 1
        assert await inbound.seen(tx, ["a", "b"], 0) == {"a"}


def segment(gathering: str, number: int, received_us: int) -> HeldSegment:
    return HeldSegment(
        gathering, number, 1, "4477", "60300", 3, b"\0\xff", b"", 6, 0, 64, received_us
    )


async def test_segments_are_held_until_all_are_there(store: Database) -> None:
    one, two, other = segment("x", 1, 10), segment("x", 3, 20), segment("y", 1, 15)
    async with store.transaction() as tx:
        await inbound.insert_segments(tx, [one, two, other])
    async with store.transaction() as tx:
        assert await inbound.hold(tx, ["x", "z"]) == [one, two]
        assert await inbound.stale(tx, 10, 5) == ["x"]
        assert await inbound.stale(tx, 15, 5) == ["x", "y"]
        assert await inbound.stale(tx, 15, 1) == ["x"]
        await inbound.delete_segments(tx, ["x"])
        assert await inbound.hold(tx, ["x", "y"]) == [other]


async def test_only_the_oldest_messages_are_retired(store: Database) -> None:
    async with store.transaction() as tx:
        rows = [msgspec.structs.replace(NOBODYS, id=n, received_us=n) for n in range(1, 6)]
        await inbound.insert(tx, rows)
        assert await inbound.retire(tx, 4, 2) == 2
        assert await inbound.retire(tx, 4, 2) == 1
        assert await inbound.retire(tx, 4, 2) == 0
        assert [m.id for m in await inbound.page(tx, 9)] == [5, 4]


def talk(number: str, context: str, message_id: int, handset: str = "44771") -> Conversation:
    return Conversation(7, handset, number, context, message_id, message_id * 10)


async def test_conversations_are_begun_and_ended(store: Database) -> None:
    first, second, other = talk("60300", "a", 1), talk("60300", "b", 2), talk("", "c", 3)
    async with store.transaction() as tx:
        await conversations.put(tx, [first])
        await conversations.put(tx, [first, second, other])
        assert await conversations.find(tx, [7], ["44771"]) == {(7, "44771"): [second, other]}
        assert await conversations.find(tx, [8], ["44771"]) == {}
        assert await conversations.accounts(tx) == {7}
        # A message without a context from a number ends what it and the default sender said.
        await conversations.put(tx, [talk("60301", "d", 4)])
        await conversations.end(tx, [talk("60300", "", 5)])
        assert await conversations.find(tx, [7], ["44771"]) == {
            (7, "44771"): [talk("60301", "d", 4)]
        }
        # One from the default sender ends everything that was said to the handset.
        await conversations.put(tx, [talk("60301", "e", 6, "44772")])
        await conversations.end(tx, [talk("", "", 7), talk("60301", "", 8, "44779")])
        assert await conversations.find(tx, [7], ["44771", "44772"]) == {
            (7, "44772"): [talk("60301", "e", 6, "44772")]
        }
        assert await conversations.forget(tx, 60, 5) == 0
        assert await conversations.forget(tx, 61, 5) == 1

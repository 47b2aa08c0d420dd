"""`inbound` and `network` over the store alone."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from dragoman.model.inbound import ASIDE, RECEIPT_ASIDE, Inbound
from dragoman.store import inbound
from dragoman.store.database import open_database
from tests.cli.conftest import WORLD, Run

TOLD = f"""{WORLD}
[[account]]
name = "carol"
password = "c4rol"
notify_url = "http://127.0.0.1:9/in"

[[number]]
number = "60300"
account = "alice"

[[number]]
number = "447700900100-447700900199"
account = "carol"
"""
OWNED = Inbound(
    1,
    1,
    "447710012345",
    "60300",
    b"Yes please",
    0,
    0,
    1_900_000_000_000_000,
    account_id=1,
    text="Yes please",
    network="234010",
    context="order-77",
    message_id=12,
)
NOBODYS = Inbound(
    2, 1, "447710012345", "60301", b"\x01\x02", 4, 64, 1_900_000_001_000_000,
    udh=b"\x01\x02", segments=2, total=3,
)  # fmt: skip


def keep(url: str, *messages: Inbound) -> None:
    async def done() -> None:
        database = await open_database(url)
        async with database.transaction() as tx:
            await inbound.insert(tx, messages)
        await database.close()

    asyncio.run(done())


def found(url: str) -> tuple[dict[str, Any], Inbound]:
    """Give the only event that is to be told, and the message that it tells of."""

    async def done() -> tuple[dict[str, Any], Inbound]:
        database = await open_database(url)
        async with database.reading() as tx:
            [payload] = [row[0] for row in await tx.rows("SELECT payload FROM work")]
            event = msgspec.json.decode(payload)["event"]
            [message] = await inbound.find(tx, [event["inbound_id"]])
        await database.close()
        return event, message

    return asyncio.run(done())


def applied(run: Run, folder: Path) -> None:
    (folder / "told.toml").write_text(TOLD, encoding="utf-8")
    assert run("apply", str(folder / "told.toml")).code == 0


def test_what_came_is_listed(run: Run, sqlite_url: str, tmp_path: Path) -> None:
    applied(run, tmp_path)
    assert run("inbound", "list").out == "nothing has come\n"
    assert run("inbound", "list", "--unclaimed").out == "nothing that nobody has\n"
    keep(sqlite_url, OWNED, NOBODYS)
    assert run("inbound", "list").steady == (
        "id  received                 from          to     account  text\n"
        " 2  YYYY-MM-DD hh:mm:ss.mmm  447710012345  60301  -        0102\n"
        " 1  YYYY-MM-DD hh:mm:ss.mmm  447710012345  60300  alice    Yes please\n"
    )
    told: Any = run("inbound", "list", "--account", "alice", "--json").json()
    assert told == {
        "inbound": [
            {
                "id": 1,
                "received": "2030-03-17T17:46:40.000000Z",
                "from": "447710012345",
                "to": "60300",
                "account": "alice",
                "carrier": "main",
                "text": "Yes please",
                "octets": b"Yes please".hex(),
                "udh": "",
                "data_coding": 0,
                "segments": 1,
                "total": 1,
                "network": "234010",
                "context": "order-77",
                "answers": 12,
                "deed": None,
            }
        ]
    }
    unclaimed: Any = run("inbound", "list", "--unclaimed", "--json").json()
    assert [message["id"] for message in unclaimed["inbound"]] == [2]
    refused = run("inbound", "list", "--unclaimed", "--account", "alice")
    assert (refused.code, refused.out) == (1, "")
    assert "leave --account out" in refused.err


def test_one_is_shown_whole(run: Run, sqlite_url: str, tmp_path: Path) -> None:
    applied(run, tmp_path)
    keep(sqlite_url, OWNED, NOBODYS)
    assert run("inbound", "show", "1").steady == (
        "1  YYYY-MM-DD hh:mm:ss.mmm\n"
        "from     447710012345\n"
        "to       60300\n"
        "account  alice\n"
        "carrier  main\n"
        "network  234010 O2 (UK)\n"
        "context  order-77\n"
        "answers  message 12\n"
        "\n"
        "Yes please\n"
    )
    assert run("inbound", "show", "2").steady == (
        "2  YYYY-MM-DD hh:mm:ss.mmm\n"
        "from     447710012345\n"
        "to       60301\n"
        "account  nobody's\n"
        "carrier  main\n"
        "segments 2 of 3; the rest did not come in time\n"
        "header   0102\n"
        "\n"
        "0102\n"
    )
    assert run("inbound", "show", "3").code == 1


def test_what_is_nobodys_is_given_to_somebody(run: Run, sqlite_url: str, tmp_path: Path) -> None:
    """Who is told of it, once; and neither twice nor in part."""
    applied(run, tmp_path)
    keep(sqlite_url, OWNED, NOBODYS)
    assert (
        "has an owner; nothing was changed"
        in run("inbound", "claim", "2", "1", "--account", "carol").err
    )
    assert "no inbound message 7" in run("inbound", "claim", "2", "7", "--account", "carol").err
    assert "there is no account" in run("inbound", "claim", "2", "--account", "dave").err
    claimed = run("inbound", "claim", "2", "--account", "carol")
    assert claimed.out == (
        "1 message given to carol\n"
        "note: 60301 is nobody's number: a [[number]] keeps this from happening again\n"
    )
    assert run("inbound", "claim", "2", "--account", "carol").code == 1
    event, message = found(sqlite_url)
    assert (event["inbound_id"], event["account_id"]) == (2, 3)
    assert message == msgspec.structs.replace(NOBODYS, account_id=3)


ASIDE_ONE = Inbound(
    3, 1, "447710012345", "447700900100", b"\x00H\x00i", 8, 0, 1_900_000_002_000_000, deed=ASIDE
)  # fmt: skip
RECEIPT = Inbound(
    4, 1, "447710012345", "60300", b"id:7 stat:?", 0, 4, 1_900_000_003_000_000, deed=RECEIPT_ASIDE
)  # fmt: skip


def test_what_was_set_aside_is_read_when_it_is_given_away(
    run: Run, sqlite_url: str, tmp_path: Path
) -> None:
    """A receipt is nobody's message, whoever asks for it."""
    applied(run, tmp_path)
    keep(sqlite_url, ASIDE_ONE, RECEIPT)
    listed = run("inbound", "list", "--unclaimed").out
    assert "(set aside) 00480069" in listed
    assert f"(set aside: a receipt) {b'id:7 stat:?'.hex()}" in listed
    refused = run("inbound", "claim", "4", "--account", "carol")
    assert "inbound message 4 is a receipt; nothing was changed" in refused.err
    assert run("inbound", "claim", "3", "--account", "carol").code == 0
    event, message = found(sqlite_url)
    assert (event["text"], event["account_id"]) == ("Hi", 3)
    assert message == msgspec.structs.replace(ASIDE_ONE, account_id=3, text="Hi", deed="")


NETWORKS = "prefix,code\n447710,234010\n447711,23420\n"


def test_a_spreadsheet_of_networks_in_an_old_encoding(
    run: Run, world: Path, tmp_path: Path
) -> None:
    file = tmp_path / "networks.csv"
    file.write_bytes(b"range;code;name\n447710-447712;23410;\xd62\n")
    assert run("network", "import", str(file)).out == "3 prefixes taken over, 3 known\n"
    file.write_bytes(b"\xff\xfe4\x004\x00")
    assert run("network", "import", str(file)).code == 1


def test_networks_are_read_from_a_file(run: Run, world: Path, tmp_path: Path) -> None:
    file = tmp_path / "networks.csv"
    file.write_text(NETWORKS, encoding="utf-8")
    assert run("network", "list").out.startswith("no prefixes are known")
    assert run("network", "import", str(file)).out == "2 prefixes taken over, 2 known\n"
    assert run("network", "list").out == (
        "prefix  code    network\n447710  234010  O2 (UK)\n447711  234020  Three (UK)\n"
    )
    assert run("network", "list", "--limit", "1").out.endswith("1 more\n")
    one = run("network", "list", "--number", "+44 7711 012345")
    assert (one.code, one.out) == (0, "447711012345: 234020 Three (UK)\n")
    assert run("network", "list", "--number", "33", "--json").json() == {
        "number": "33",
        "code": None,
        "network": None,
    }
    assert run("network", "import", "-", stdin="353,272001\n").out.endswith("3 known\n")
    told = run("network", "import", "-", "--replace", "--json", stdin="353,272001\n").json()
    assert told == {"imported": 1, "known": 1}


def test_a_file_with_a_fault_changes_nothing(run: Run, world: Path) -> None:
    refused = run("network", "import", "-", stdin="447710,234010\nx,y\n")
    assert refused.code == 1
    assert "nothing was changed" in refused.err
    assert "line 2: 'x' is no prefix of international numbers" in refused.err
    odd = run("network", "import", "-", stdin=b"447710,234010\n\xff,2\n")
    assert "line 2: '\ufffd' is no prefix of international numbers" in odd.err
    assert run("network", "import", "-", stdin="").code == 1
    assert run("network", "list").out.startswith("no prefixes are known")


def test_ranges_come_back_with_the_export(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    assert 'number = "447700900100-447700900199"' in run("export").out
    wrong = TOLD.replace("447700900199", "447700900099")
    refused = run("apply", "-", stdin=wrong)
    assert "or a range such as" in refused.err


def test_a_command_chooses_senders_of_a_pool_too(run: Run, tmp_path: Path) -> None:
    pooled = TOLD.replace('country = "GB"', 'country = "GB"\nsender_pool = ["60300", "60301"]')
    (tmp_path / "pool.toml").write_text(pooled, encoding="utf-8")
    assert run("apply", str(tmp_path / "pool.toml")).code == 0
    senders = set()
    for recipient in ("+447700900123", "+447700900124", "+447700900123"):
        sent: Any = run("send", "alice", recipient, "Hello", "--json").json()
        shown: Any = run("status", str(sent["messages"][0]["id"]), "--json").json()
        senders.add((recipient, shown[0]["sender"]))
    assert len(senders) == 2
    assert {sender for _, sender in senders} <= {"60300", "60301"}

"""Handsets that write to a gateway in this process, and what became of it."""

from typing import Any
from urllib.parse import urlencode

import msgspec

from dragoman.carriers.simulator.utterances import Utterance
from dragoman.core.notify import Errand
from dragoman.model.events import MessageReceived
from dragoman.model.inbound import Inbound
from dragoman.store import inbound as stored
from tests.flow.house import WORLD, House

TO = "447700900001"
OURS = "447700900000"
HANDSET = "44771012345"
LONG = "".join(f"{n:04} little words that are counted, " for n in range(20))

# Alice has a number and a keyword, Bob shares the shortcode; both want to be told.
SHARED = f"""{WORLD}
[[account]]
name = "bob"
password = "secret"
notify_url = "http://127.0.0.1:9/bob"

[[number]]
number = "{OURS}"
account = "alice"

[[number]]
number = "60070"
account = "alice"

[[number]]
number = "60070"
keyword = "WIN"
account = "bob"
"""
ALICE: dict[str, dict[str, object]] = {"account.alice": {"notify_url": "http://127.0.0.1:9/alice"}}


async def received(here: House) -> list[Inbound]:
    """Give what is kept of what handsets wrote, oldest first."""
    async with here.database.reading() as tx:
        return list(reversed(await stored.page(tx, 1_000)))


async def told(here: House) -> list[MessageReceived]:
    """Give what customers are to be told of it, in the order in which it was written down."""
    async with here.database.reading() as tx:
        rows = await tx.rows("SELECT payload FROM work WHERE kind = 'notice' ORDER BY id")
    events = [msgspec.json.decode(row[0], type=Errand).event for row in rows]
    return [event for event in events if isinstance(event, MessageReceived)]


async def utter(here: House, **members: Any) -> None:
    """Let somebody type something, and wait until it is kept."""
    wanted = len(await received(here)) + 1
    here.smsc.utter(Utterance(**{"sender": HANDSET, "to": OURS, **members}))

    async def is_kept() -> bool:
        return len(await received(here)) == wanted

    await here.until(is_kept)


def sendmsg(**fields: str) -> str:
    """Give the target of a request to IntelliSoftware's interface."""
    return f"/smsgateway/sendmsg.aspx?{urlencode(fields)}"

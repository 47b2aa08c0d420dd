"""Endpoints that fail in every way: told again, in order, and nobody else waits for them."""

import asyncio
import json
import ssl
from typing import Any

import pytest
import trustme

from dragoman.core.notify import announce
from dragoman.front import webhooks
from dragoman.model.states import State
from dragoman.store import outbox
from dragoman.store.database import Tx
from tests.flow.endpoints import OK, answer, endpoint
from tests.flow.house import WORLD, House, house
from tests.flow.notices import PRIVATE, Hands, alice, callbacks, reply, tell, until_told, waiting
from tests.flow.worlds import changed

HOUR_US = 3_600 * 1_000_000

FAILURES: dict[str, tuple[list[bytes | None], dict[str, Any], str]] = {
    "hangs up": ([None], {}, "the connection was closed before an answer"),
    "resets midway": ([b"HTTP/1.1 200 O"], {"cut": True}, "lost within the answer"),
    "500": ([answer(500)], {}, "status 500"),
    "404": ([answer(404, body=b"no such page")], {}, "status 404"),
    "redirects": ([answer(302, "Location: /elsewhere")], {}, "status 302"),
    "says nothing": ([], {"is_silent": True}, "no answer in time"),
    "drips": ([OK], {"drip_s": 0.05}, "no answer in time"),
    "speaks something else": ([b"220 mail.example.com ESMTP\r\n\r\n"], {}, "not an HTTP answer"),
}


@pytest.mark.parametrize(("answers", "habits", "why"), FAILURES.values(), ids=FAILURES)
async def test_an_endpoint_that_fails_is_told_again(
    sqlite_url: str, answers: list[bytes | None], habits: dict[str, Any], why: str
) -> None:
    """However it fails: told again under the same event id, and then once."""
    clock = Hands()
    async with endpoint(*answers) as far:
        far.is_silent, far.drip_s = habits.get("is_silent", False), habits.get("drip_s", 0.0)
        far.cuts = habits.get("cut", False)
        changes = alice(itec={"mo_url": far.url})
        async with house(sqlite_url, changes=changes, clock_us=clock) as here:
            here.webhooks._client._timeout_s = 0.4
            await tell(here, reply())

            async def is_put_off() -> bool:
                async with here.database.reading() as tx:
                    lane = "notice:1:itec.mo_url"
                    items = await outbox.page(tx, lane, 2)
                return [(why in item.why, item.attempts) for item in items] == [(True, 1)]

            await here.until(is_put_off)
            far.is_silent, far.drip_s, far.cuts = False, 0.0, False
            clock.forward(61)
            await until_told(here)
            assert [heard.event for heard in far.heard] == ["m5", "m5"]
            assert [heard.event for heard in far.taken][-1:] == ["m5"]
            assert far.heard[0].body == far.heard[1].body


async def test_pain_36_down_for_six_hours(any_store: dict[str, Any]) -> None:
    """All is told afterwards: once per event, in order per message, and others never waited."""
    clock = Hands()
    changes = alice(intellisoftware={"report_states": "all"})
    async with (
        endpoint() as healthy,
        endpoint() as far,
        house(**any_store, changes=changes, clock_us=clock) as here,
    ):
        port = far.port
        url = f"http://127.0.0.1:{port}/dlr"
        far.default = None  # nobody gets an answer
        ids = await here.send([f"2507000000{i:02d}" for i in range(40)], dlrurl=url)
        await here.send("250700000099", dlrurl=healthy.url)
        await healthy.until(2)
        back_us = clock() + 6 * 3600 * 1_000_000

        async def is_six_hours_later() -> bool:
            clock.forward(300)
            return clock() >= back_us

        await here.until(is_six_hours_later)
        assert len(far.heard) > 20
        assert sum((await waiting(here)).values()) == 80
        assert far.taken == []
        far.default = OK

        async def is_told() -> bool:
            clock.forward(60)
            return not await waiting(here)

        await here.until(is_told)
        events = [heard.event for heard in far.taken]
        assert sorted(events) == sorted(f"r{i}-{s}" for i in ids for s in (3, 10))
        for message_id in ids:
            mine = [event for event in events if event.startswith(f"r{message_id}-")]
            assert mine == [f"r{message_id}-3", f"r{message_id}-10"]


async def test_pain_9_an_endpoint_that_is_away_gets_all_in_order(sqlite_url: str) -> None:
    """Nobody listens for ten minutes: then all arrives once, in the order of each sender."""
    clock = Hands()
    async with endpoint() as far:
        port = far.port
    changes = alice(itec={"mo_url": f"http://127.0.0.1:{port}/"})
    async with house(sqlite_url, changes=changes, clock_us=clock) as here:
        for turn in range(10):
            await tell(
                here, *(reply(sender=f"44770090000{i}", inbound_id=turn * 10 + i) for i in range(3))
            )
            clock.forward(60)
            await asyncio.sleep(0.03)
        async with endpoint(port=port) as back:

            async def is_told() -> bool:
                clock.forward(5)
                return not await waiting(here)

            await here.until(is_told)
            told = [json.loads(heard.body) for heard in back.taken]
            assert len(told) == len({one["messageid"] for one in told}) == 30
            for i in range(3):
                mine = [o["messageid"] for o in told if o["from"] == f"+44770090000{i}"]
                assert mine == sorted(mine)


async def test_a_long_backlog_is_hastened_by_and_by(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that was put off is due when the endpoint is back, however many transactions it takes."""
    monkeypatch.setattr(webhooks, "HASTENED", 2)
    clock = Hands()
    async with (
        endpoint(None) as far,
        house(sqlite_url, changes=alice(itec={"mo_url": far.url}), clock_us=clock) as here,
    ):
        await tell(here, reply())

        async def is_put_off() -> bool:
            async with here.database.reading() as tx:
                items = await outbox.page(tx, "notice:1:itec.mo_url", 2)
            return [item.attempts for item in items] == [1]

        await here.until(is_put_off)
        events = [reply(sender=f"44770090000{i}", inbound_id=10 + i) for i in range(5)]

        async def put_off(tx: Tx) -> None:
            await announce(tx, here.node.world.snapshot, events, clock() + HOUR_US)
            await tx.run("UPDATE work SET attempts = 1")

        assert await here.node.writer.job(put_off)
        clock.forward(31)
        await far.until(6)
        await until_told(here)


async def test_a_job_that_cannot_be_worded_holds_up_no_other(sqlite_url: str) -> None:
    async with (
        endpoint() as far,
        house(sqlite_url, changes=alice(notify_url=far.url)) as here,
    ):
        await tell(here, reply(received_us=1 << 60), reply(sender="447700900002", inbound_id=6))
        await far.until(1)
        assert [heard.event for heard in far.taken] == ["m6"]

        async def is_given_up() -> bool:
            return await waiting(here) == {"dead:notice:1:notify_url": 1}

        await here.until(is_given_up)


async def test_a_certificate_of_nobody(sqlite_url: str) -> None:
    """TLS with a certificate that does not fit is not spoken to; with one that does, it is."""
    authority, stranger = trustme.CA(), trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    stranger.issue_cert("127.0.0.1").configure_cert(server)
    clock = Hands()
    async with endpoint(tls=server) as far:
        changes = alice(itec={"mo_url": f"https://127.0.0.1:{far.port}/"})
        async with house(sqlite_url, changes=changes, clock_us=clock) as here:
            authority.configure_trust(here.webhooks._client._tls)
            await tell(here, reply())

            async def is_refused() -> bool:
                async with here.database.reading() as tx:
                    items = await outbox.page(tx, "notice:1:itec.mo_url", 1)
                return bool(items) and "certificate" in items[0].why

            await here.until(is_refused)
            assert far.heard == []
            stranger.configure_trust(here.webhooks._client._tls)
            clock.forward(61)
            await until_told(here)
            assert [heard.event for heard in far.taken] == ["m5"]


async def test_a_silent_endpoint_delays_nobody(sqlite_url: str) -> None:
    async with endpoint() as silent, endpoint() as good:
        silent.is_silent = True
        changes = alice(itec={"mo_url": silent.url}, notify_url=good.url)
        async with house(sqlite_url, changes=changes) as here:
            events = [reply(sender=f"44770090{i:04d}", inbound_id=i + 1) for i in range(300)]
            await tell(here, *events)
            await good.until(300)
            assert len({heard.event for heard in good.taken}) == 300
            assert good.connections <= 32
            assert silent.taken == []


async def test_order_per_sender_under_failures(sqlite_url: str) -> None:
    """What one handset sent arrives in its order, however often a call fails in between."""
    answers: list[bytes | None] = [answer(500), OK, OK, answer(503), None, OK] * 5
    clock = Hands()
    async with endpoint(*answers) as far:
        changes = alice(itec={"mo_url": far.url})
        async with house(sqlite_url, changes=changes, clock_us=clock) as here:
            senders = [f"4477009000{i:02d}" for i in range(10)]
            for turn in range(3):
                events = [reply(sender=s, inbound_id=turn * 10 + i) for i, s in enumerate(senders)]
                await tell(here, *events)

            async def is_told() -> bool:
                clock.forward(30)
                return not await waiting(here)

            await here.until(is_told)
            told = [json.loads(heard.body) for heard in far.taken]
            assert len(told) == 30
            for sender in senders:
                mine = [one["messageid"] for one in told if one["from"] == f"+{sender}"]
                assert mine == sorted(mine)


FORBIDDEN: dict[str, tuple[str, list[str]]] = {
    "loopback": ("http://127.0.0.1:{port}/", ["127.0.0.1"]),
    "loopback in one number": ("http://2130706433:{port}/", ["127.0.0.1"]),
    "wrapped in IPv6": ("http://[::ffff:127.0.0.1]:{port}/", ["::ffff:127.0.0.1"]),
    "a name for it": ("http://rebind.example:{port}/", ["127.0.0.1"]),
    "a name for both kinds": ("http://both.example:{port}/", ["10.0.0.1", "169.254.169.254"]),
}


@pytest.mark.parametrize(("url", "addresses"), FORBIDDEN.values(), ids=FORBIDDEN)
async def test_private_places_are_refused(sqlite_url: str, url: str, addresses: list[str]) -> None:
    """Whatever a name stands for at the moment of the connection is judged, and connected to."""
    async with endpoint() as far, house(sqlite_url) as here:
        written = url.format(port=far.port)
        host = written.split("/")[2].rpartition(":")[0].strip("[]")
        here.names[host] = addresses
        [message_id] = await here.send("250700000001", dlrurl=written)

        async def is_refused() -> bool:
            return any("a private address" in text for text in await callbacks(here, message_id))

        await here.until(is_refused)
        assert far.connections == 0


async def test_what_is_given_up_waits_for_an_operator(sqlite_url: str) -> None:
    clock = Hands()
    async with endpoint() as far:
        far.default = answer(500)
        changes = alice(itec={"mo_url": far.url})
        async with house(sqlite_url, changes=changes, clock_us=clock) as here:
            await tell(here, reply())
            await far.until_holds(lambda: len(far.heard) == 1)

            async def is_dead() -> bool:
                clock.forward(3600)
                return list(await waiting(here)) == ["dead:notice:1:itec.mo_url"]

            await here.until(is_dead)
            assert here.node.counters.notices_dead == 1
            far.default = OK
            async with here.database.transaction() as tx:
                assert await outbox.replay(tx, "dead:notice:1:itec.mo_url", clock()) == 1
            await until_told(here)
            assert [heard.event for heard in far.taken] == ["m5"]


def outbox_gauges(here: House) -> list[float]:
    """Give what metrics tell to wait, and to have been given up."""
    return [value for _name, _labels, value in here.webhooks.samples()]


async def test_pain_17_what_nobody_took_is_a_number_that_returns_to_nought(engine: str) -> None:
    clock = Hands()
    async with endpoint() as far:
        far.default = answer(500)
        changes = alice(itec={"mo_url": far.url})
        async with house(engine, changes=changes, clock_us=clock) as here:
            assert outbox_gauges(here) == [0, 0]
            await tell(here, *(reply(inbound_id=i) for i in (1, 2, 3)))
            await here.until(lambda: shows(here, [3, 0]))

            async def is_dead() -> bool:
                clock.forward(3600)
                return list(await waiting(here)) == ["dead:notice:1:itec.mo_url"]

            await here.until(is_dead)
            await here.stop()
            await here.start()  # what is left is counted at once, too
            await here.until(lambda: shows(here, [0, 3]))
            far.default = OK
            async with here.database.transaction() as tx:
                await outbox.replay(tx, "dead:notice:1:itec.mo_url", clock())
            await until_told(here)
            await here.until(lambda: shows(here, [0, 0]))


async def shows(here: House, gauges: list[float]) -> bool:
    return outbox_gauges(here) == gauges


async def test_what_was_given_up_long_ago_is_forgotten(engine: str) -> None:
    """As long as messages are kept; of what goes on being tried nothing is."""
    clock = Hands()
    changes = alice(
        notify_url="http://127.0.0.1:9/", intellisoftware={"mo_url": "http://127.0.0.1:9/"}
    )
    changes["gateway"] = {**changes["gateway"], "retention_days": 30}
    async with house(engine, changes=changes, clock_us=clock) as here:
        await tell(here, reply())
        alive, dead = "notice:1:intellisoftware.mo_url", "dead:notice:1:notify_url"

        async def is_dead() -> bool:
            clock.forward(3600)
            return await waiting(here) == {alive: 1, dead: 1}

        await here.until(is_dead)
        clock.forward(29 * 86_400)
        await here.do_chore(here.node.chores._forget_dead)
        assert await waiting(here) == {alive: 1, dead: 1}
        clock.forward(2 * 86_400)
        await here.do_chore(here.node.chores._forget_dead)
        assert await waiting(here) == {alive: 1}


async def test_pain_37_repeats_carry_the_same_id_after_a_crash(any_store: dict[str, Any]) -> None:
    """Killed between receipt and callback, again and again: nothing is lost, ids stay."""
    async with endpoint() as far, house(**any_store, changes=PRIVATE) as here:
        ids: list[int] = []
        for _ in range(4):
            far.default = None
            ids += await here.send(["250700000001", "250700000002"], dlrurl=far.url)
            await here.until_tally({State.DELIVERED: len(ids)})
            await here.crash()
            far.default = OK
            await here.start()
            await until_told(here)
            await here.until_up()
        wanted = {f"r{i}-{s}" for i in ids for s in (3, 10)}
        assert {heard.event for heard in far.taken} == wanted


async def test_moving_house(sqlite_url: str) -> None:
    """What waits goes to the address that the account has today."""
    clock = Hands()
    async with endpoint() as old, endpoint() as new:
        old.default = answer(500)
        async with house(sqlite_url, changes=alice(notify_url=old.url), clock_us=clock) as here:
            await tell(here, reply())
            await old.until_holds(lambda: len(old.heard) == 1)
            await here.apply(changed(WORLD, alice(notify_url=new.url)))
            clock.forward(31)
            await until_told(here)
            assert [heard.event for heard in new.taken] == ["m5"]


async def test_a_flood_that_is_refused_hides_nobody(any_store: dict[str, Any]) -> None:
    """One handset's messages stand behind the first, which is refused; another's are told."""
    clock = Hands()
    async with endpoint(answer(500)) as far:
        changes = alice(itec={"mo_url": far.url})
        async with house(**any_store, changes=changes, clock_us=clock) as here:
            await tell(here, *(reply(inbound_id=i) for i in range(1, 160)))
            await far.until_holds(lambda: len(far.heard) == 1)
            await tell(here, reply(sender="447700900999", inbound_id=999))
            await far.until(1)
            assert [heard.event for heard in far.heard] == ["m1", "m999"]
            clock.forward(61)
            await until_told(here)
            assert [heard.event for heard in far.taken] == [
                "m999",
                *(f"m{i}" for i in range(1, 160)),
            ]


async def test_who_refuses_everything_is_asked_less_and_less(sqlite_url: str) -> None:
    """Three hundred wait for a server that says 500: ten tries, then one after each pause."""
    clock = Hands()
    async with endpoint() as far:
        far.default = answer(500)
        async with house(sqlite_url, changes=alice(itec={"mo_url": far.url}), clock_us=clock) as h:
            await tell(h, *(reply(sender=f"44770090{i:04d}", inbound_id=i) for i in range(1, 301)))
            await far.until_holds(lambda: len(far.heard) >= 10)
            [lane] = await waiting(h)
            await h.until(lambda: _is_idle(h, lane))
            assert len(far.heard) < 10 + 4  # those that were under way
            far.default = OK

            async def is_told() -> bool:
                clock.forward(5)
                return not await waiting(h)

            await h.until(is_told)
            assert len({heard.event for heard in far.taken}) == 300


async def _is_idle(here: House, lane: str) -> bool:
    return here.webhooks._endpoints[lane].unmade == 0

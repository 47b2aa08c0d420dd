"""Customers are told: the whole bytes of each callback, over real sockets."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from dragoman.dialects.native import verify
from dragoman.model.events import Event, ListChanged, MmsReceived
from dragoman.model.states import State
from dragoman.store import outbox
from tests.flow import customer
from tests.flow.endpoints import OK, answer, endpoint
from tests.flow.house import house
from tests.flow.notices import (
    PRIVATE,
    Hands,
    alice,
    callbacks,
    instant_us,
    reply,
    tell,
    until_told,
    waiting,
)


async def test_a_status_report_where_the_request_wanted_it(any_store: dict[str, Any]) -> None:
    """Intouch and itec: on every change of the letter, in order, with the address' own query."""
    async with endpoint() as far, house(**any_store, changes=PRIVATE) as here:
        [one, other] = await here.send(
            ["250700000001", "250700000002"], dlrurl=f"{far.url}/r?k=1#part"
        )
        await far.until(4)
        await until_told(here)
        lines = [heard.line for heard in far.taken]
        for message_id in (one, other):
            mine = [line for line in lines if f"messageid={message_id}&" in line]
            assert mine == [
                f"GET /r?k=1&messageid={message_id}&status={letter} HTTP/1.1" for letter in "SD"
            ]
            assert await callbacks(here, message_id) == [f"told {far.url}/r?..."] * 2
        assert {heard.event for heard in far.taken} == {
            f"r{i}-{int(state)}" for i in (one, other) for state in (State.SENT, State.DELIVERED)
        }
        assert all(heard.body == b"" for heard in far.taken)


async def test_pain_12_nobody_is_told_who_did_not_ask(sqlite_url: str) -> None:
    changes = alice(unified={"dlr_url": "http://127.0.0.1:1/never"})
    async with endpoint() as far, house(sqlite_url, changes=changes) as here:
        await here.send("250700000001")  # itec, without dlrurl
        async with here.customer() as customer:
            for dlr in "01":
                await customer.get(
                    "/bulksms/bulksms?username=alice&password=secret&type=0&source=DEMO"
                    f"&destination=250700000002&message=Hi&dlr={dlr}"
                )
        await here.until_tally({State.DELIVERED: 2, State.SENT: 1})
        assert await waiting(here) == {"notice:1:unified.dlr_url": 1}
        assert far.heard == []


async def test_the_push_of_unified(sqlite_url: str) -> None:
    async with endpoint() as far:
        changes = alice(unified={"dlr_url": f"{far.url}/push"})
        clock = Hands(instant_us("2026-03-02T10:15:30+00:00"))
        async with house(sqlite_url, changes=changes, clock_us=clock) as here:
            async with here.customer() as customer:
                accepted = await customer.get(
                    "/bulksms/bulksms?username=alice&password=secret&type=0&dlr=1&source=DEMO"
                    "&destination=919812345678&message=Hello"
                )
            [heard] = await far.until(1)
            assert heard.line == "POST /push HTTP/1.1"
            assert heard.headers["content-type"] == (
                "application/x-www-form-urlencoded; charset=utf-8"
            )
            assert heard.body.decode() == (
                "sSender=DEMO&sMobileNo=919812345678&sStatus=DELIVRD"
                "&dtSubmit=2026-03-02+10%3A15%3A30&dtDone=2026-03-02+10%3A15%3A30"
                f"&sMessageId={accepted.text.rpartition('|')[2]}&iCostPerSms=1&iCharge=1"
                "&iMCCMNC=&iErrCode=0&sTagName=&sUdf1=&sUdf2="
            )


SEND = "/smsgateway/sendmsg.aspx?username=alice&password=secret&to=44771012345&text=Hi"


async def test_intellisoftware_again_every_five_minutes(sqlite_url: str) -> None:
    """Answered 500, then 202, then 200: told at +0, +5 and +10 minutes, and no more."""
    async with endpoint(answer(500), answer(202), OK) as far:
        far.drip_s = 0
        clock = Hands()
        changes = alice(intellisoftware={"dlr_url": far.url})
        async with house(sqlite_url, changes=changes, clock_us=clock) as here:
            async with here.customer() as customer:
                accepted = await customer.get(SEND)
            ref = accepted.text.removeprefix("ID:")
            [message] = await here.messages()
            for count in (1, 2):

                async def is_put_off(due_us: int = clock() + 300_000_000) -> bool:
                    async with here.database.reading() as tx:
                        return list((await outbox.lanes(tx)).values()) == [due_us]

                await here.until(is_put_off)
                clock.forward(299.9)
                await asyncio.sleep(0.1)
                assert len(far.heard) == count
                clock.forward(0.1)
            await until_told(here)
            assert [heard.body.decode() for heard in far.heard] == [
                f"msgid={ref}&status=4&toaddr=44771012345"
            ] * 3
            assert {heard.event for heard in far.heard} == {f"r{message.id}-10"}
            assert await callbacks(here, message.id) == [
                f"{far.url}/: status 500; again in 300 s",
                f"{far.url}/: status 202; again in 300 s",
                f"told {far.url}/",
            ]


TOLD: dict[str, tuple[str, dict[str, object], Event, str]] = {
    "reply with its context": (
        "mo_url",
        {},
        reply(
            sender="44771012345",
            inbound_id=110000000002,
            sent_us=instant_us("2010-02-03T13:50:05+00:00"),
            context="order-77",
        ),
        (
            "from=44771012345&text=Yes+please&msgid=500110000000002"
            "&sent=2010-02-03T13%3A50%3A05-00%3A00&usercontext=order-77"
        ),
    ),
    "reply on a short code": (
        "mo_url",
        {"mo_extra": True},
        reply(
            recipient="60070",
            network="234010",
            received_us=instant_us("2010-06-10T13:45:12+00:00"),
            text="na\u00efve & \U0001f600",
        ),
        (
            "from=447700900123&text=na%C3%AFve+%26+%F0%9F%98%80&msgid=500000000000005"
            "&sent=2010-06-10T14%3A45%3A12%2B01%3A00&networkcode=234010&to=60070&type=1"
        ),
    ),
    "MMS": (
        "mms_url",
        {},
        MmsReceived(
            account_id=1,
            inbound_id=110000000001,
            sender="44771054321",
            recipient="447700900000",
            subject="Holiday",
            files=("file1.txt", "cid1.gif"),
            received_us=1,
        ),
        "from=44771054321&text=Holiday&msgid=500110000000001&type=5&filelist=file1.txt%2Ccid1.gif",
    ),
    "change of a list": (
        "sub_url",
        {},
        ListChanged(
            account_id=1,
            list_name="MySubscriptionListName",
            list_kind=2,
            number="44771012347",
            action=1,
            source=7,
            at_us=instant_us("2010-02-03T13:50:05+00:00"),
        ),
        (
            "sublistname=MySubscriptionListName&sublisttype=2&msisdn=44771012347&action=1&source=7"
            "&timestamp=2010-02-03T13%3A50%3A05-00%3A00"
        ),
    ),
}


@pytest.mark.parametrize(("key", "options", "event", "body"), TOLD.values(), ids=TOLD)
async def test_what_intellisoftware_is_told(
    sqlite_url: str, key: str, options: dict[str, object], event: Event, body: str
) -> None:
    async with endpoint() as far:
        changes = alice(intellisoftware={key: f"{far.url}/in.asp", **options})
        async with house(sqlite_url, changes=changes) as here:
            await tell(here, event)
            [heard] = await far.until(1)
            assert (heard.line, heard.body.decode()) == ("POST /in.asp HTTP/1.1", body)


async def test_what_itec_is_told(sqlite_url: str) -> None:
    event = reply(
        sender="250785971082",
        recipient="250780000100",
        inbound_id=880001,
        text="Yego",
        received_us=instant_us("2026-03-02T10:15:30+00:00") + 250_000,
    )
    async with endpoint() as far:
        changes = alice(itec={"mo_url": far.url})
        async with house(sqlite_url, changes=changes) as here:
            await tell(here, event)
            [heard] = await far.until(1)
            assert heard.headers["content-type"] == "application/json"
            assert heard.body == (
                b'{"messageid":880001,"from":"+250785971082","to":"+250780000100",'
                b'"message":"Yego","time":"2026-03-02T12:15:30.250"}'
            )


async def test_our_own_form_is_signed(any_store: dict[str, Any]) -> None:
    async with endpoint() as far:
        changes = alice(notify_url=f"{far.url}/hook", notify_secret="s3cret")
        async with house(**any_store, changes=changes) as here:
            await here.send("250700000001")
            [heard] = await far.until(1)
            body = json.loads(heard.body)
            [message] = await here.messages()
            assert body["event_id"] == heard.event == f"r{message.id}-10"
            assert (body["type"], body["state"], body["final"]) == (
                "status_report",
                "delivered",
                True,
            )
            signature = heard.headers["x-dragoman-signature"]
            now_s = here.clock_us() // 1_000_000
            assert verify("s3cret", heard.body, signature, now_s)
            assert not verify("other", heard.body, signature, now_s)
            assert not verify("s3cret", heard.body + b" ", signature, now_s)
            assert not verify("s3cret", heard.body, signature, now_s + 3600)


# The last digits of the handset; what unified (and its error), intellisoftware and intouch say.
ENDS: dict[str, tuple[str, str, str, list[str]]] = {
    "delivered": ("000000", "DELIVRD&0", "4", ["S", "D"]),
    "undeliverable": ("990001", "UNDELIV&1", "6", ["S", "E"]),
    "expired": ("990002", "EXPIRED&27", "8", ["S", "E"]),
    "rejected": ("990003", "REJECTD&12", "5", ["S", "U"]),
    "refused at once": ("990006", "REJECTD&11", "5", ["U"]),
}


@pytest.mark.parametrize(("ending", "word", "number", "letters"), ENDS.values(), ids=ENDS)
async def test_an_end_in_every_vendors_words(
    sqlite_url: str, ending: str, word: str, number: str, letters: list[str]
) -> None:
    """What the carrier said comes out at the customer's, from its octets to its words."""
    async with endpoint() as far:
        changes = alice(
            unified={"dlr_url": far.url},
            intellisoftware={"dlr_url": far.url},
            intouch={"dlr_url": far.url},
        )
        async with house(sqlite_url, changes=changes) as here:
            log_in = "username=alice&password=secret"
            to = f"250700{ending}"
            async with here.customer() as customer:
                await customer.get(
                    f"/bulksms/bulksms?{log_in}&type=0&dlr=1&source=DEMO&destination={to}&message=Hi"
                )
                await customer.get(f"/smsgateway/sendmsg.aspx?{log_in}&to={to}&text=Hi")
                await customer.get(f"/api/sendsms?{log_in}&recipients={to}&sender=DEMO&message=Hi")
            await far.until(2 + len(letters))
        told: dict[str, list[str]] = {}
        for heard in far.taken:
            fields = dict(parse_qsl(heard.body.decode() or heard.line.split()[1].partition("?")[2]))
            if "sStatus" in fields:
                told.setdefault("unified", []).append(f"{fields['sStatus']}&{fields['iErrCode']}")
            else:
                kind = "intellisoftware" if "toaddr" in fields else "intouch"
                told.setdefault(kind, []).append(fields["status"])
        assert told == {"unified": [word], "intellisoftware": [number], "intouch": letters}


async def test_an_address_is_kept_for_what_was_stored_only(engine: str) -> None:
    """Neither of a repeat nor of what nobody can pay."""
    changes = alice(balance="1")
    async with house(engine, changes=changes) as here, here.customer() as one:
        key = {"idempotency-key": "k", "content-type": "application/json"}
        for dlrurl in ("http://a.example/", "http://b.example/"):
            fields = customer.itec("250700000001", "Hello", dlrurl="http://a.example/")
            await one.ask("POST", customer.SEND, key, json.dumps(fields).encode())
            await one.post_json(
                customer.SEND, customer.itec("250700000002", "Hello", dlrurl=dlrurl)
            )
        [message] = await here.messages()
        async with here.database.reading() as tx:
            assert await tx.rows("SELECT submission_id, url FROM report_url") == [
                (message.submission_id, "http://a.example/")
            ]

"""Every kind of callback in every form, octet for octet as it comes out of the socket."""

from typing import Any

import pytest

from dragoman import __version__
from dragoman.model.events import Event, ListChanged, MmsReceived, StatusReport
from dragoman.model.states import State
from tests.flow.endpoints import endpoint
from tests.flow.house import House, house
from tests.flow.notices import alice, instant_us, reply, tell

AT_US = instant_us("2026-03-02T10:15:30+00:00")
LATER_US = instant_us("2026-03-02T10:15:41+00:00")


def report(dialect: str, **changes: Any) -> StatusReport:
    fields: dict[str, Any] = {
        "account_id": 1,
        "message_id": 238254,
        "submission_id": 77,
        "dialect": dialect,
        "sender": "D\u00e9mo",
        "recipient": "447700900123",
        "state": State.UNDELIVERABLE,
        "changed_us": LATER_US,
        "accepted_us": AT_US,
        "segments": 2,
        "price_u": 12_500,
        "charge_u": 25_000,
        "error": "011",
        "was": State.SENT,
    }
    return StatusReport(**(fields | changes))


MESSAGE = reply(
    inbound_id=880001,
    text="S\u00ed & \u20ac\r\n",
    received_us=AT_US + 250_000,
    sent_us=AT_US,
    network="234010",
    context="order 77",
    segments=5,
    missing=1,
)
MMS = MmsReceived(
    account_id=1,
    inbound_id=880002,
    sender="447700900123",
    recipient="447700900000",
    subject="Holiday",
    files=("file1.txt", "cid1.gif"),
    received_us=AT_US,
    context="order 77",
)
CHANGE = ListChanged(
    account_id=1,
    list_name="News & more",
    list_kind=2,
    number="447700900123",
    action=2,
    source=1,
    at_us=AT_US,
)
FORM = "application/x-www-form-urlencoded; charset=utf-8"
JSON = "application/json"
# The settings of the account, the event, its id, and the call: line, kind of content, body.
CALLS: dict[str, tuple[dict[str, Any], Event, str, tuple[str, str, str]]] = {
    "intouch report": (
        {"intouch": {"dlr_url": "{url}/r?k=1"}},
        report("intouch"),
        "r238254-11",
        ("GET /r?k=1&messageid=238254&status=E", "", ""),
    ),
    "itec report": (
        {"itec": {"dlr_url": "{url}"}},
        report("itec", state=State.REJECTED),
        "r238254-13",
        ("GET /?messageid=238254&status=U", "", ""),
    ),
    "itec message": (
        {"itec": {"mo_url": "{url}/mo"}},
        MESSAGE,
        "m880001",
        (
            "POST /mo",
            JSON,
            (
                '{"messageid":880001,"from":"+447700900123","to":"+447700900000",'
                '"message":"S\u00ed & \u20ac\\r\\n","time":"2026-03-02T12:15:30.250"}'
            ),
        ),
    ),
    "itec message as a form": (
        {"itec": {"mo_url": "{url}/mo", "mo_form": "form"}},
        MESSAGE,
        "m880001",
        (
            "POST /mo",
            FORM,
            (
                "messageid=880001&from=%2B447700900123&to=%2B447700900000"
                "&message=S%C3%AD+%26+%E2%82%AC%0D%0A&time=2026-03-02T12%3A15%3A30.250"
            ),
        ),
    ),
    "unified report": (
        {"unified": {"dlr_url": "{url}/push"}},
        report("unified"),
        "r238254-11",
        (
            "POST /push",
            FORM,
            (
                "sSender=D%C3%A9mo&sMobileNo=447700900123&sStatus=UNDELIV"
                "&dtSubmit=2026-03-02+10%3A15%3A30&dtDone=2026-03-02+10%3A15%3A41"
                "&sMessageId=ca3b31b4-d7a6-8000-8000-00000003a2ae&iCostPerSms=0.0125&iCharge=0.025&iMCCMNC=&iErrCode=11"
                "&sTagName=&sUdf1=&sUdf2="
            ),
        ),
    ),
    "intellisoftware report": (
        {"intellisoftware": {"dlr_url": "{url}/s.asp"}},
        report("intellisoftware"),
        "r238254-11",
        ("POST /s.asp", FORM, "msgid=10010000000000000077&status=6&toaddr=447700900123"),
    ),
    "intellisoftware message": (
        {"intellisoftware": {"mo_url": "{url}/s.asp"}},
        MESSAGE,
        "m880001",
        (
            "POST /s.asp",
            FORM,
            (
                "from=447700900123&text=S%C3%AD+%26+%E2%82%AC%0D%0A&msgid=500000000880001"
                "&sent=2026-03-02T10%3A15%3A30-00%3A00&usercontext=order+77"
            ),
        ),
    ),
    "intellisoftware MMS": (
        {"intellisoftware": {"mo_url": "{url}/s.asp"}},
        MMS,
        "m880002",
        (
            "POST /s.asp",
            FORM,
            (
                "from=447700900123&text=Holiday&msgid=500000000880002&type=5"
                "&filelist=file1.txt%2Ccid1.gif&usercontext=order+77"
            ),
        ),
    ),
    "intellisoftware list": (
        {"intellisoftware": {"sub_url": "{url}/s.asp"}},
        CHANGE,
        "le6654533f4ee89d9c25d",
        (
            "POST /s.asp",
            FORM,
            (
                "sublistname=News+%26+more&sublisttype=2&msisdn=447700900123&action=2&source=1"
                "&timestamp=2026-03-02T10%3A15%3A30-00%3A00"
            ),
        ),
    ),
    "our report": (
        {"notify_url": "{url}"},
        report("inviosmart", context="order 77"),
        "r238254-11",
        (
            "POST /",
            JSON,
            (
                '{"type":"status_report","event_id":"r238254-11","message_id":238254,'
                '"submission_id":77,"dialect":"inviosmart","sender":"D\u00e9mo",'
                '"recipient":"447700900123","state":"undeliverable","final":true,'
                '"accepted_at":"2026-03-02T10:15:30.000Z","changed_at":"2026-03-02T10:15:41.000Z",'
                '"segments":2,"price":"0.0125","charge":"0.025","error":"011","context":"order 77"}'
            ),
        ),
    ),
    "our message": (
        {"notify_url": "{url}"},
        MESSAGE,
        "m880001",
        (
            "POST /",
            JSON,
            (
                '{"type":"message_received","event_id":"m880001","inbound_id":880001,'
                '"sender":"447700900123","recipient":"447700900000",'
                '"text":"S\u00ed & \u20ac\\r\\n",'
                '"octets":"","udh":"","sent_at":"2026-03-02T10:15:30.000Z",'
                '"received_at":"2026-03-02T10:15:30.250Z","network":"234010","context":"order 77",'
                '"segments":5,"missing":1}'
            ),
        ),
    ),
    "our MMS": (
        {"notify_url": "{url}"},
        MMS,
        "m880002",
        (
            "POST /",
            JSON,
            (
                '{"type":"mms_received","event_id":"m880002","inbound_id":880002,'
                '"sender":"447700900123","recipient":"447700900000","subject":"Holiday",'
                '"files":["file1.txt","cid1.gif"],"received_at":"2026-03-02T10:15:30.000Z",'
                '"context":"order 77"}'
            ),
        ),
    ),
    "our list": (
        {"notify_url": "{url}"},
        CHANGE,
        "le6654533f4ee89d9c25d",
        (
            "POST /",
            JSON,
            (
                '{"type":"list_changed","event_id":"le6654533f4ee89d9c25d","list":"News & more",'
                '"list_kind":"user",'
                '"number":"447700900123","action":"unsubscribed","source":1,'
                '"at":"2026-03-02T10:15:30.000Z"}'
            ),
        ),
    ),
}


@pytest.mark.parametrize(("keys", "event", "event_id", "call"), CALLS.values(), ids=CALLS)
async def test_the_octets_of_a_callback(
    sqlite_url: str, keys: dict[str, Any], event: Event, event_id: str, call: tuple[str, str, str]
) -> None:
    line, content_type, body = call
    async with endpoint() as far:
        async with house(sqlite_url, changes=alice(**_at(far.url, keys))) as here:
            await tell(here, event)
            [heard] = await far.until(1)
        octets = body.encode()
        head = {
            "host": f"127.0.0.1:{far.port}",
            "user-agent": f"dragoman/{__version__}",
            "accept": "*/*",
            "x-dragoman-event": event_id,
        }
        if content_type:
            head |= {"content-type": content_type, "content-length": str(len(octets))}
        assert heard.line == f"{line} HTTP/1.1"
        assert list(heard.headers.items()) == list(head.items())
        assert heard.body == octets


def _at(url: str, keys: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _at(url, value) if isinstance(value, dict) else value.format(url=url)
        for key, value in keys.items()
    }


async def test_each_recipient_of_one_id_is_told_of(sqlite_url: str) -> None:
    """The id of intellisoftware is the submission's: the number beside it says whose it is."""
    async with endpoint() as far:
        changes = alice(intellisoftware={"dlr_url": far.url})
        async with house(sqlite_url, changes=changes) as here:
            ref = await _send(here, "44771012345,44771012346,44771012345")
            await far.until(2)
        assert sorted(heard.body.decode() for heard in far.heard) == [
            f"msgid={ref}&status=4&toaddr=4477101234{digit}" for digit in "56"
        ]
        assert len({heard.event for heard in far.heard}) == 2


async def _send(here: House, to: str) -> str:
    async with here.customer() as customer:
        answer = await customer.get(
            f"/smsgateway/sendmsg.aspx?username=alice&password=secret&to={to}&text=Hi"
        )
    refs = {line.partition(",ID:")[2] for line in answer.text.split()}
    assert len(refs) == 1
    return refs.pop()

"""Health, readiness and metrics, asked over a real socket by other people's clients."""

import asyncio
from collections.abc import Iterable

import msgspec
import requests
from prometheus_client.parser import text_string_to_metric_families

from dragoman.front.metrics import METRICS, Exposition, Sample
from dragoman.front.ops import Ops
from tests.front.test_listener import listening, run


class Status(msgspec.Struct):
    name: str


class Gateway:
    """What a node would answer."""

    def __init__(self) -> None:
        self.accepted = 0
        self.reasons: list[str] = []

    def samples(self) -> Iterable[Sample]:
        yield "dragoman_accepted_total", {}, self.accepted
        yield "dragoman_carrier_up", {"carrier": 'ma"in\n'}, 1.0
        yield "dragoman_carrier_up", {"carrier": "other"}, 0.0
        yield "dragoman_not_yet_explained", {}, 2.5


def test_pages() -> None:
    gateway = Gateway()

    async def story() -> None:
        ops = Ops(gateway.samples, lambda: gateway.reasons, lambda: Status("n1"))
        await ops.start("127.0.0.1", 0)

        async def get(path: str) -> tuple[int, str]:
            url = f"http://127.0.0.1:{ops.port}{path}"
            reply = await asyncio.to_thread(requests.get, url, timeout=10)
            return reply.status_code, reply.text

        assert await get("/") == (200, "/healthz\n/readyz\n/metrics\n/status.json\n")
        assert await get("/healthz") == (200, "alive\n")
        assert await get("/readyz/") == (200, "ready\n")
        gateway.reasons = ["the store does not answer", "no carrier is up"]
        assert await get("/readyz") == (503, "the store does not answer\nno carrier is up\n")
        assert await get("/status.json") == (200, '{"name":"n1"}')
        assert await get("/send") == (404, "404 Not Found\n")
        status, page = await get("/metrics")
        assert (status, "dragoman_accepted_total 0.0" in page) == (200, True)
        await ops.stop()

    run(story)


def test_metrics_are_what_the_numbers_are_at_the_scrape() -> None:
    gateway = Gateway()
    exposition = Exposition(gateway.samples)
    gateway.accepted = 7
    page, content_type = exposition.render("")
    assert content_type.startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(page.decode())}
    accepted = families["dragoman_accepted"]
    assert (accepted.type, accepted.documentation) == (
        "counter",
        METRICS["dragoman_accepted_total"],
    )
    assert [sample.value for sample in accepted.samples] == [7.0]
    assert [(s.labels, s.value) for s in families["dragoman_carrier_up"].samples] == [
        ({"carrier": 'ma"in\n'}, 1.0),
        ({"carrier": "other"}, 0.0),
    ]
    assert families["dragoman_not_yet_explained"].type == "gauge"
    assert "process_resident_memory_bytes" in families


def test_openmetrics_for_those_who_prefer_it() -> None:
    page, content_type = Exposition(Gateway().samples).render("application/openmetrics-text")
    assert content_type.startswith("application/openmetrics-text")
    assert page.endswith(b"# EOF\n")


def test_the_listener_tells_its_own_numbers() -> None:
    async def story() -> None:
        async with listening() as listener:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            writer.write(b"GET / HTTP/1.1\r\n\r\nnonsense")
            await reader.read()
            samples = {name: value for name, _labels, value in listener.samples()}
            assert samples == {
                "dragoman_http_connections_open": 1,
                "dragoman_http_connections_total": 1,
                "dragoman_http_requests_total": 1,
                "dragoman_http_unreadable_total": 1,
                "dragoman_http_timed_out_total": 0,
                "dragoman_http_turned_away_total": 0,
            }
            assert samples.keys() <= METRICS.keys()
            writer.close()

    run(story)


def test_a_question_that_fails_is_answered_too() -> None:
    def fail() -> Status:
        raise KeyError("oops")

    async def story() -> None:
        ops = Ops(Gateway().samples, list, fail)
        await ops.start("127.0.0.1", 0)
        url = f"http://127.0.0.1:{ops.port}/status.json"
        reply = await asyncio.to_thread(requests.get, url, timeout=10)
        assert (reply.status_code, reply.text) == (500, "500 Internal Server Error\n")
        await ops.stop()

    run(story)

"""The metrics by name: what each counts, and how plain numbers become an exposition.

The hot path adds to plain integers; only a scrape makes Prometheus' objects of them.  Knows no
core: samples come as name, labels and value.  Source: Prometheus' text format 0.0.4 and
OpenMetrics 1.0, by prometheus-client.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Sample = tuple[str, dict[str, str], float]
Samples = Callable[[], Iterable[Sample]]

METRICS = {
    "dragoman_requests_total": "Requests to the dialects, whatever became of them.",
    "dragoman_accepted_total": "Messages accepted: on disk, charged, acknowledged.",
    "dragoman_refused_total": "Requests or recipients refused, for whatever reason.",
    "dragoman_repeated_total": "Requests or recipients that had been asked for before.",
    "dragoman_login_failures_total": "Requests with a wrong password or an unknown account.",
    "dragoman_charged_u_total": "Money charged, in millionths of the accounts' currencies.",
    "dragoman_refunded_u_total": "Money given back, in millionths of the accounts' currencies.",
    "dragoman_commits_total": "Commits of the writer; one holds many messages.",
    "dragoman_commits_failed_total": "Commits that the store refused or lost.",
    "dragoman_committed_rows_total": "Requests, answers, receipts and chores in these commits.",
    "dragoman_submitted_total": "Segments handed to a carrier.",
    "dragoman_answered_sent_total": "Segments that a carrier took.",
    "dragoman_answered_rejected_total": "Segments that a carrier refused for good.",
    "dragoman_answered_busy_total": "Segments that a carrier did not take: throttled, full, gone.",
    "dragoman_answered_uncertain_total": "Segments that left and were not answered.",
    "dragoman_receipts_total": "Delivery receipts that came from carriers.",
    "dragoman_receipts_parked_total": "Receipts that came before their message's id was known.",
    "dragoman_receipts_ambiguous_total": "Receipts that fit several messages, given to none.",
    "dragoman_inbound_total": "Messages that came from handsets.",
    "dragoman_inbound_repeated_total": "Segments from handsets that had come before.",
    "dragoman_inbound_unclaimed_total": "Messages from handsets to a number that is nobody's.",
    "dragoman_notices_sent_total": "Callbacks that customers' endpoints took.",
    "dragoman_notices_failed_total": "Callbacks that failed; each is tried again.",
    "dragoman_notices_dead_total": "Callbacks that were given up and wait for an operator.",
    "dragoman_notices_waiting": "Callbacks that no endpoint took yet, up to 100,000;"
    " counted every 5 seconds.",
    "dragoman_notices_given_up": "Callbacks that were given up and are kept for an operator,"
    " up to 100,000.",
    "dragoman_carrier_up": "1 if the carrier can take segments, else 0.",
    "dragoman_carrier_window": "Segments that may be unanswered at the carrier at the same time.",
    "dragoman_carrier_outstanding": "Segments that are unanswered at the carrier now.",
    "dragoman_carrier_submitted_total": "Segments handed to the carrier.",
    "dragoman_carrier_waiting": "Segments in memory that wait for room at the carrier.",
    "dragoman_http_connections_open": "Connections of customers that are open.",
    "dragoman_http_connections_total": "Connections of customers that were ever accepted.",
    "dragoman_http_requests_total": "HTTP requests that were read to their end.",
    "dragoman_http_unreadable_total": "HTTP requests refused before any dialect saw them.",
    "dragoman_http_timed_out_total": "Connections that ended because the client was too slow.",
    "dragoman_http_turned_away_total": "Connections over the limit, answered with 503.",
}


class Tally:
    """What several listeners told of themselves, added up: one for each front process.

    What a front has counted stays when it ends, as a counter must not fall; what it holds does not.
    """

    def __init__(self) -> None:
        self._latest: dict[object, Mapping[str, float]] = {}
        self._past: dict[str, float] = {}

    def hear(self, front: object, values: Mapping[str, float]) -> None:
        """Take what a front tells now, by the metric's name."""
        self._latest[front] = values

    def bury(self, front: object) -> None:
        """Learn that a front has ended."""
        for name, value in self._latest.pop(front, {}).items():
            self._past[name] = self._past.get(name, 0) + value * name.endswith("_total")

    def samples(self) -> Iterator[Sample]:
        """Give the sums."""
        sums = self._past.copy()
        for values in self._latest.values():
            for name, value in values.items():
                sums[name] = sums.get(name, 0) + value
        for name, value in sums.items():
            yield name, {}, value


class _Numbers(Collector):
    """Reads the numbers when it is asked."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Any] = {}
        for name, labels, value in self._samples():
            family = families.get(name)
            if family is None:
                kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
                family = families[name] = kind(name, METRICS.get(name, ""), labels=tuple(labels))
            family.add_metric(tuple(labels.values()), value)
        yield from families.values()


class Exposition:
    """The page that Prometheus reads."""

    def __init__(self, samples: Samples) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Numbers(samples))
        ProcessCollector(registry=self._registry)

    def render(self, accept: str) -> tuple[bytes, str]:
        """Give the page and its Content-Type, in the format that the scraper prefers."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

"""The hub's counters in Prometheus' text format, made when they are asked for."""

from collections.abc import Iterator

from prometheus_client import generate_latest
from prometheus_client.core import (
    CollectorRegistry,
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from pair_ls.hub.counters import Histogram
from pair_ls.hub.hub import Hub

MEDIA_TYPE = "text/plain; version=0.0.4"


class HubCollector(Collector):
    """Reads a hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        """All metrics; their names are a promise (docs/limits.md)."""
        yield from self._gauges()
        yield from self._totals()
        counters = self._hub.counters
        yield _by_label("pair_ls_connections_closed", "Connections closed by the hub", "code", counters.closed)
        yield _by_label("pair_ls_refused", "Requests and handshakes refused", "code", counters.refused)
        yield _histogram("pair_ls_commit_seconds", "Duration of a transaction", counters.commit_seconds)
        yield _histogram("pair_ls_commit_updates", "Updates in a transaction", counters.commit_updates)

    def _gauges(self) -> Iterator[Metric]:
        hub = self._hub
        yield GaugeMetricFamily("pair_ls_connections", "Open websockets", len(hub.sockets))
        yield GaugeMetricFamily("pair_ls_rooms", "Rooms that are awake", len(hub.rooms))
        yield GaugeMetricFamily("pair_ls_commit_queue", "Updates that wait for a transaction", hub.commits.waiting)
        yield GaugeMetricFamily("pair_ls_spooled", "Updates kept in the local file", hub.store.spooled())
        yield GaugeMetricFamily("pair_ls_loop_lag_seconds", "Delay of a timer", hub.counters.loop_lag_seconds)
        yield GaugeMetricFamily("pair_ls_store_up", "Whether the store answers", hub.store_trouble is None)

    def _totals(self) -> Iterator[Metric]:
        counters = self._hub.counters
        for name, what in (
            ("messages_in", "Websocket messages received"),
            ("bytes_in", "Websocket bytes received"),
            ("messages_out", "Websocket messages sent"),
            ("bytes_out", "Websocket bytes sent"),
            ("connections_opened", "Websockets accepted"),
            ("slow_readers", "Times a reader was too slow and was left out for a while"),
            ("slowed_senders", "Times a sender was over its rate and was not read for a while"),
            ("failed_commits", "Transactions that failed"),
            ("failed_loads", "Documents that could not be loaded"),
            ("checkpoints", "Checkpoints stored"),
        ):
            yield CounterMetricFamily(f"pair_ls_{name}", what, getattr(counters, name))


def render(hub: Hub) -> bytes:
    """The body of GET /metrics."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HubCollector(hub))
    return generate_latest(registry)


def _by_label(name: str, what: str, label: str, counts: dict[int, int] | dict[str, int]) -> Metric:
    family = CounterMetricFamily(name, what, labels=[label])
    for value, count in counts.items():
        family.add_metric([str(value)], count)
    return family


def _histogram(name: str, what: str, histogram: Histogram) -> Metric:
    buckets, count = [], 0
    for bound, inside in zip((*map(str, histogram.bounds), "+Inf"), histogram.counts, strict=True):
        count += inside
        buckets.append((bound, count))
    return HistogramMetricFamily(name, what, buckets=buckets, sum_value=histogram.total)

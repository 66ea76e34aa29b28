"""What the hubs are made to do, what is read off, and how far ahead of the best other one we want to be."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """`figure` of ours over the best other's: at most `ratio`, or at least, for figures where more is better."""

    figure: str
    ratio: float
    more_is_better: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """`figure` of ours alone: at most (or at least) `value`."""

    figure: str
    value: float
    more_is_better: bool = False


@dataclass(frozen=True, slots=True)
class Workload:
    """`options` of the load generator; `ours` and `others` name the hubs that are compared."""

    name: str
    options: str
    rooms: int
    goals: tuple[Goal, ...] = ()
    limits: tuple[Limit, ...] = ()
    ours: str = "pair-ls-memory"
    others: tuple[str, ...] = ("y-websocket", "hocuspocus", "pycrdt-websocket")


CPU = "srv_cpu_ms_per_k"  # ms for 1000 deliveries = us for one
_ALL = (
    Workload(
        "pair",
        "--mode run --rooms 1 --members 2 --writers 1 --rate 100 --arrival uniform --warm 2 --dur 10",
        1,
        goals=(Goal(CPU, 0.5), Goal("p50_ms", 0.7)),
    ),
    Workload(
        "pairs",
        "--mode run --rooms 500 --members 2 --writers 2 --rate 2000 --warm 3 --dur 8",
        500,
        goals=(Goal(CPU, 0.8),),
    ),
    Workload(
        "pairs-ceiling",
        "--mode closed --rooms 500 --members 2 --writers 2 --inflight 1 --warm 1.5 --dur 4",
        500,
        goals=(Goal("upd_per_cpu_s", 2.5, more_is_better=True),),
    ),
    Workload(
        "class",
        "--mode run --rooms 1 --members 100 --writers 10 --rate 200 --warm 2 --dur 8",
        1,
        goals=(Goal(CPU, 0.6),),
    ),
    Workload(
        "class-ceiling",
        "--mode closed --rooms 1 --members 100 --writers 10 --inflight 4 --warm 1.5 --dur 4",
        1,
        goals=(Goal("deliv_per_cpu_s", 3, more_is_better=True),),
    ),
    Workload(
        "join",
        "--mode join --preload {data}/join.bin --rooms 1 --members 1 --writers 0 --joins 20 --burst 30",
        1,
        goals=(Goal("cpu_ms_per_join", 1 / 3), Goal("burst_cpu_ms_per_join", 1 / 8)),
    ),
    Workload(
        "idle",
        "--mode idle --rooms 1000 --members 2 --writers 0 --aware 1 --hold 5",
        1000,
        limits=(Limit("kb_per_conn", 6), Limit("idle_cpu_pct", 0.4)),
    ),
    Workload(
        "durable-pair",
        "--mode run --rooms 1 --members 2 --writers 1 --rate 100 --arrival uniform --warm 2 --dur 10",
        1,
        limits=(Limit("p50_ms", 2),),
        ours="pair-ls",
        others=(),
    ),
    Workload(
        "durable",
        "--mode durable --rooms 500 --members 2 --writers 2 --rate 2000 --warm 4 --dur 8 --kill-after 5",
        500,
        goals=(Goal(CPU, 1),),
        limits=(Limit("p50_ms", 2), Limit("delivered_lost", 0)),
        ours="pair-ls",
        others=("hocuspocus-sqlite",),
    ),
    Workload(
        "durable-ceiling",
        "--mode closed --rooms 500 --members 2 --writers 2 --inflight 1 --warm 1.5 --dur 4",
        500,
        limits=(Limit("upd_per_cpu_s", 20_000, more_is_better=True),),
        ours="pair-ls",
        others=(),
    ),
    Workload(
        "slow-reader",
        "--mode run --rooms 1 --members 10 --writers 1 --rate 20 --aware 1 --aware-rate 100 --aware-pad 3000 --stall 2"
        " --warm 0.5 --dur 12",
        1,
        ours="pair-ls",
        others=("y-websocket", "hocuspocus"),
    ),
)
WORKLOADS: Mapping[str, Workload] = {workload.name: workload for workload in _ALL}

"""Measures this hub against others: `python3 dev.py bench hub [WORKLOAD ...] [--rounds N] [--only-ours]`.

Each round runs every hub once, one after the other, so a noisy minute hits all. The server has one core, the load
generator the other. Figures are medians over the rounds with their range; the ratio is to the best of the others.
Needs gcc, taskset and npm; the others are installed below .cache/bench.
"""

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
from pathlib import Path

from bench.hub.data import ROLES, write_all
from bench.hub.servers import CACHE, HERE, HUBS, LOAD_CORE, ROOT, Hub, Running, install
from bench.hub.workloads import WORKLOADS, Goal, Workload

TRACE = ROOT / "tests" / "traces" / "seph-blog1.json.gz"
LOADGEN = CACHE / "loadgen"
DATA = CACHE / "data"
Figures = dict[str, float]


def prepare() -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    source = HERE / "loadgen.c"
    if not LOADGEN.exists() or LOADGEN.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["gcc", "-O2", "-w", "-o", LOADGEN, source, "-lm"], check=True)
    if not (DATA / f"role{ROLES - 1}.bin").exists() or not (DATA / "join.bin").exists():
        print("making what is typed from a real editing trace ...", file=sys.stderr)
        write_all(TRACE, DATA)


def measure(workload: Workload, hub: Hub, number: int) -> Figures:
    """One run; the figures of all the lines that the generator printed, later ones win."""
    running = Running(hub)
    try:
        command = ["taskset", "-c", LOAD_CORE, str(LOADGEN), "--data", str(DATA), "--port", str(running.port)]
        command += ["--proto", hub.protocol, "--label", hub.name, "--tag", f"b{os.getpid()}x{number}r"]
        command += ["--pid", ",".join(map(str, running.pids())), *hub.load_options]
        command += shlex.split(workload.options.format(data=DATA))
        if hub.is_ours:
            command += ["--path", "/ws/%s", "--names", str(running.rooms(workload.rooms))]
        if "--mode durable" in workload.options:
            return _measured(_killed_and_restarted(command, running))
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode:
            print(f"{hub.name}: {done.stderr.strip()[-500:]}", file=sys.stderr)
        return _measured(done.stdout)
    finally:
        running.stop()


def _killed_and_restarted(command: list[str], running: Running) -> str:
    """The generator kills the hub itself; we start it again, and the generator waits until it answers."""
    generator = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    running.process.wait(timeout=120)
    running.restart()
    output, errors = generator.communicate(timeout=120)
    if generator.returncode:
        print(f"{running.hub.name}: {errors.strip()[-500:]}", file=sys.stderr)
    return output


def _measured(output: str) -> Figures:
    figures: Figures = {}
    for line in output.splitlines():
        figures.update({key: value for key, value in json.loads(line).items() if isinstance(value, int | float)})
    return figures


def _shown(values: list[float]) -> str:
    if not values:
        return "-"

    def short(value: float) -> str:
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

    middle = short(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} [{short(min(values))}-{short(max(values))}]"


def report(workload: Workload, runs: dict[str, list[Figures]]) -> bool:
    """Prints the workload's table; True when every goal and limit is met."""

    def values(hub: str, figure: str) -> list[float]:
        return [run[figure] for run in runs.get(hub, []) if figure in run]

    is_met = True
    wanted: list[str] = [goal.figure for goal in workload.goals] + [limit.figure for limit in workload.limits]
    for figure in dict.fromkeys([*wanted, "p50_ms", "p99_ms", "pss_kb"]):
        rows = {hub: values(hub, figure) for hub in (workload.ours, *workload.others)}
        if any(rows.values()):
            print(f"  {figure:24s} " + "   ".join(f"{hub} {_shown(found)}" for hub, found in rows.items()))
    for goal in workload.goals:
        mine = values(workload.ours, goal.figure)
        theirs = [statistics.median(found) for hub in workload.others if (found := values(hub, goal.figure))]
        if mine and theirs:
            is_met &= _judge(goal, statistics.median(mine) / (max(theirs) if goal.more_is_better else min(theirs)))
    for limit in workload.limits:
        mine = values(workload.ours, limit.figure)
        if mine:
            value = statistics.median(mine)
            good = value >= limit.value if limit.more_is_better else value <= limit.value
            sign = ">=" if limit.more_is_better else "<="
            print(f"  -> {limit.figure}: {value:.4g} (wanted {sign} {limit.value:g}) {_word(good)}")
            is_met &= good
    return is_met


def _judge(goal: Goal, ratio: float) -> bool:
    good = ratio >= goal.ratio if goal.more_is_better else ratio <= goal.ratio
    sign = ">=" if goal.more_is_better else "<="
    print(f"  -> {goal.figure}: {ratio:.2f}x the best of the others (wanted {sign} {goal.ratio:.2f}x) {_word(good)}")
    return good


def _word(is_good: bool) -> str:
    return "met" if is_good else "NOT MET"


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py bench hub", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("workload", nargs="*", choices=[*WORKLOADS, []], help="which; all if none is named")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only-ours", action="store_true")
    arguments = parser.parse_args()
    prepare()
    all_met = True
    for workload in [WORKLOADS[name] for name in arguments.workload or WORKLOADS]:
        hubs = [HUBS[name] for name in (workload.ours, *(() if arguments.only_ours else workload.others))]
        for hub in hubs:
            install(hub)
        runs: dict[str, list[Figures]] = {hub.name: [] for hub in hubs}
        for number in range(arguments.rounds):
            for hub in hubs:
                runs[hub.name].append(measure(workload, hub, number))
        load = Path("/proc/loadavg").read_text().split()[0]
        print(f"{workload.name} ({arguments.rounds} rounds, load average {load})")
        all_met &= report(workload, runs)
    return 0 if all_met else 1


if __name__ == "__main__":
    sys.exit(main())

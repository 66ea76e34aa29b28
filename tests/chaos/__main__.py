"""Kills hubs and databases at random and looks for lost updates: `python3 dev.py chaos`, see docs/reliability.md."""

import argparse
import asyncio
import random
import sys
import time
from dataclasses import dataclass

from tests.chaos.kills import KILLS_PER_ROOM, Chaos, Tally
from tests.chaos.outage import Outage, sit_through
from tests.chaos.places import Place

_LEAST_CAUGHT = 0.9


@dataclass(frozen=True, slots=True)
class Series:
    """Kills of one kind. A hasty hub must be caught losing what it acknowledged; every other must lose nothing."""

    name: str
    target: str
    kills: int
    on_postgresql: bool
    is_hasty: bool = False


SERIES = (
    Series("hub-on-sqlite", "hub", 120, on_postgresql=False),
    Series("hub-on-postgresql", "hub", 80, on_postgresql=True),
    Series("database", "database", 50, on_postgresql=True),
    Series("either", "either", 50, on_postgresql=True),
    Series("control-on-sqlite", "hub", 20, on_postgresql=False, is_hasty=True),
    Series("control-on-postgresql", "hub", 10, on_postgresql=True, is_hasty=True),
)
OUTAGES = (Outage("outage-killed", is_frozen=False), Outage("outage-frozen", is_frozen=True))


def main() -> int:
    """Exit code 1 if anything was lost, or if a control lost too little."""
    names = [each.name for each in (*SERIES, *OUTAGES)]
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, help="so many of each kind (default: 120, 80, 50, 50, 20, 10)")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32), help="of the moments (default: any)")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    arguments = parser.parse_args()
    sound = True
    for series in SERIES:
        if series.name in arguments.only:
            sound &= asyncio.run(_kill(series, arguments.kills or series.kills, arguments.seed))
    for outage in OUTAGES:
        if outage.name in arguments.only:
            report = asyncio.run(sit_through(outage, arguments.seed))
            _say(str(report))
            sound &= report.is_sound
    _say("nothing was lost" if sound else "NOT SOUND: see above")
    return 0 if sound else 1


async def _kill(series: Series, kills: int, seed: int) -> bool:
    started = time.monotonic()
    with Place(on_postgresql=series.on_postgresql, is_hasty=series.is_hasty) as place:
        kills_per_room = 1 if series.is_hasty else KILLS_PER_ROOM
        chaos = Chaos(place, series.target, name=series.name, seed=seed, kills_per_room=kills_per_room)
        try:
            tally = await chaos.run(kills, report=lambda line: _say("  " + line))
        except BaseException:
            _say_complaints(chaos.tally)
            raise
    if series.is_hasty:
        return _is_caught(tally, kills)
    _say_complaints(tally)
    _say(f"{'ok' if tally.is_sound else 'FAILED'} {tally} [{time.monotonic() - started:.0f} s]")
    return tally.is_sound


def _is_caught(tally: Tally, kills: int) -> bool:
    is_caught = tally.lost_in_kills >= _LEAST_CAUGHT * kills
    _say(f"{'ok' if is_caught else 'FAILED'} {tally.name}: {tally.lost} lost, seen in {tally.lost_in_kills} of {kills}")
    return is_caught


def _say_complaints(tally: Tally) -> None:
    for complaint in tally.complaints:
        _say("    " + complaint)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # this is a command


if __name__ == "__main__":
    sys.exit(main())

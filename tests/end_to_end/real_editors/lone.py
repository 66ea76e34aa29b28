"""One real editor and a scripted room: many more races in a second than two editors get into. See lone_server.

`python3 dev.py editors --lone neovim-0.12 --runs 60` plays it many times.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.end_to_end.real_editors.desks import MAKERS, same_text
from tests.end_to_end.real_editors.driver import Act, Edit, RealEditor
from tests.end_to_end.real_editors.stand_in import served_by
from tests.support.processes import wait_until

BEGINNINGS = (
    "",
    "x",
    "one\ntwo\n",
    "one\n\n\n",
    "no end",
    "\n",
    "\n\n\nb\n\n\n",
    "".join(f"line {n}\n" for n in range(12)),
)
PAUSES = (0.005, 0.01, 0.02, 0.05, 0.2)
REST_SECONDS = 15.0
LETTERS = range(0xAC00, 0xAC00 + 9000)
"""What the person types: each letter once."""


def play_alone(name: str, seed: int, seconds: float) -> str | None:
    """What went wrong; None: nothing. At the end the editor shows the shared text, and no letter is there twice."""
    dice = random.Random(seed)
    beginning = dice.choice(BEGINNINGS)

    def environment(base: Path) -> dict[str, str]:
        return {"LONE_SEED": str(seed), "LONE_SECONDS": str(seconds), "LONE_RESULT": str(base / "result")}

    server = "tests.end_to_end.real_editors.lone_server"
    with served_by(server, MAKERS[name], beginning, environment) as (editor, base):
        _type_at_random(editor, dice, seconds)
        result = base / "result"
        which = f"{name}, seed {seed}"

        def problem() -> str | None:
            """The server writes down again and again what it has, while nothing changes."""
            if not result.exists():
                return f"{which}: it does not come to rest"
            return _problem(json.loads(result.read_text()), editor.text(), which)

        try:
            wait_until(lambda: problem() is None, what="all is at rest and right", seconds=REST_SECONDS)
        except TimeoutError:
            return problem()
        return None


def _type_at_random(editor: RealEditor, dice: random.Random, seconds: float) -> None:
    letters: Iterator[str] = map(chr, LETTERS)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        place = dice.choice((0.999, 0.999, dice.random()))
        match dice.choices(range(4), weights=(40, 35, 13, 12))[0]:
            case 0:
                editor.type_at_end(next(letters))
            case 1:
                editor.edit(Edit(Act.TYPE, place, next(letters)))
            case 2:
                editor.edit(Edit(Act.DELETE_LINE, place))
            case _:
                editor.edit(Edit(Act.JOIN_LINES, place))
        time.sleep(dice.choice(PAUSES))  # a person's pace, not a wait for something
    editor.settle()


def _problem(found: dict[str, Any], shown: str, which: str) -> str | None:
    shared = found["shared"]
    if found["problem"]:
        return f"{which}: {found['problem']}"
    if not same_text(shown, shared):
        return f"{which}: it shows {shown!r}, the shared text is {shared!r}"
    if not same_text(shown, found["lines"]):
        return f"{which}: it shows {shown!r}, but reported {found['lines']!r}"
    doubled = sorted(letter for letter in set(shared) if ord(letter) >= 0x4E00 and shared.count(letter) > 1)
    return f"{which}: {''.join(doubled)} doubled" if doubled else None

"""Every pair of different real editors in one room: both edit at once, at random, and end with the same text.

The seeds are fixed, so a failure can be run again; `python3 dev.py editors` installs what is missing.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.pair import SharedFolders
from tests.end_to_end.real_editors.desks import MAKERS, has_text, same_text
from tests.end_to_end.real_editors.driver import FILE, Edit, RealEditor, random_edits
from tests.support.processes import wait_until

EDITS = int(os.environ.get("PAIR_LS_MATRIX_EDITS", "300"))
CONVERGE_SECONDS = 10.0
START = "".join(f"line {number} é😀\n" for number in range(12))
PAIRS = [*itertools.combinations(MAKERS, 2), ("neovim-0.10", "neovim-0.10")]
pytestmark = pytest.mark.timeout(180)


def play(editor: RealEditor, edits: list[Edit], pause_seconds: float, failures: list[BaseException]) -> None:
    try:
        for edit in edits:
            editor.edit(edit)
            time.sleep(pause_seconds)  # a person's pace, not a wait for something
        editor.settle()
    except BaseException as error:  # told by the test: an exception in a thread is told by nobody
        failures.append(error)


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[f"{one}+{other}" for one, other in PAIRS])
def test_two_editors_edit_at_random_and_end_alike(
    folders: SharedFolders, opened: Callable[[str, Path], RealEditor], one: str, other: str
) -> None:
    (folders.ada / FILE).write_text(START, encoding="utf-8")
    ada = opened(one, folders.ada)
    wait_until(lambda: has_text(folders, START), what="the room has the text")
    bob = opened(other, folders.bob)
    wait_until(lambda: same_text(bob.text(), START), what=f"{bob.name} shows the text")
    failures: list[BaseException] = []
    seed = int(os.environ.get("PAIR_LS_MATRIX_SEED", "1"))
    players = [
        threading.Thread(target=play, args=(ada, random_edits(seed, EDITS), 0.02, failures)),
        threading.Thread(target=play, args=(bob, random_edits(seed + 1, EDITS), 0.02, failures)),
    ]
    for player in players:
        player.start()
    for player in players:
        player.join()
    assert not failures
    ada.type_at_end("the end of Ada")
    bob.type_at_end("the end of Bob")

    def all_alike() -> bool:
        text = ada.text()
        told = "the end of Ada" in text and "the end of Bob" in text
        return told and same_text(text, bob.text()) and same_text(text, folders.newcomer.text(FILE))

    try:
        wait_until(all_alike, what="the same text everywhere", seconds=CONVERGE_SECONDS)
    except TimeoutError:
        texts = ada.text(), bob.text(), folders.newcomer.text(FILE)
        raise AssertionError(f"seed {seed}, now: {texts}") from None
    ends = [ada.text().count(f"the end of {who}") for who in ("Ada", "Bob")]
    assert ends == [1, 1], f"seed {seed}: what was typed last is there {ends} times"

"""Each fake against its real editor: the same script, and the facts that a binding depends on must be the same.

The recordings are made by `python3 dev.py editors --record`; what happens in them is told in
tests/end_to_end/real_editors/record.py.
"""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pair_ls.text import Position, Range, TextEdit, single_difference
from tests.simulation.clock import Clock
from tests.simulation.editors import profiles
from tests.simulation.editors.editor import FakeEditor, Ways
from tests.simulation.editors.messages import Answered, Changed, EditRequest, FromEditor, Opened

RECORDINGS = Path(__file__).with_name("recordings")
NEOVIM_QUICK = replace(profiles.NEOVIM_QUICK, first_version=0, first_step=4)
FAKES: dict[str, Ways] = {
    "neovim-0.10": NEOVIM_QUICK,
    "neovim-0.12": NEOVIM_QUICK,
    "neovim-0.10-default": profiles.NEOVIM,
    "neovim-0.12-default": profiles.NEOVIM,
    "emacs-30": profiles.EGLOT_QUICK,
    "emacs-30-default": profiles.EGLOT,
    "helix-25.01": profiles.HELIX_25_01,
    "helix-25.07": profiles.HELIX_25_07,
}
STEPS = ("typed", "typed", "fresh", "stale", "racing", "final line end")


def recording_of(name: str) -> dict[str, Any]:
    recording: dict[str, Any] = json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))
    return recording


class Facts:
    """What a step came to, of a real editor or of a fake. A fake that does "either" says nothing of the order."""

    def __init__(self, after: str, version: int, said: list[tuple[str, Any]], *, echo: str) -> None:
        self.after = after
        self.answers = [applied for kind, applied in said if kind == "answer"]
        changes = [value for kind, value in said if kind == "change"]
        self.echo_first = [kind for kind, _ in said][:1] == ["change"] if self.answers and echo != "either" else None
        self.version_step = max((number for number, _ in changes), default=version) - version
        texts = [text for _, texts in changes for text in texts]
        self.with_edit = [text for text in texts if "FRESH" in text or "RACING" in text or "STALE" in text]
        self.empty = sum(texts == [""] for _, texts in changes)


def real_facts(step: dict[str, Any], echo: str) -> Facts:
    said = []
    for kind, value in step["said"]:
        if kind == "answer":
            said.append((kind, value))
        else:
            texts = [change["text"] for change in value["contentChanges"]]
            said.append(("change", (value["textDocument"]["version"], texts)))
    return Facts(step["after"], step["version"], said, echo=echo)


class Fake:
    """A fake editor that is brought through a recording."""

    def __init__(self, ways: Ways, text: str) -> None:
        self.ways = ways
        self.clock = Clock()
        self.heard: list[FromEditor] = []
        self.editor = FakeEditor(ways, text, self.clock, random.Random(1), self.heard.append)
        self.editor.open()

    def play(self, step: dict[str, Any]) -> Facts:
        version, at = self.editor.version, len(self.heard)
        typed = step["after"].replace("RACING\n", "") if step["step"] in ("typed", "racing") else step["before"]
        keys = single_difference(step["before"], typed)
        if keys is not None:
            self.editor.edit(keys)
        if "edit" in step:
            self._ask(step["edit"], behind=step["version"] - step["edit"]["version"], version=version)
        self.clock.run(until=self.clock.now + 2.0)
        said: list[tuple[str, Any]] = []
        for message in self.heard[at:]:
            match message:
                case Answered(_, applied):
                    said.append(("answer", applied))
                case Changed(number, changes, _):
                    said.append(("change", (number, [change.text for change in changes])))
        return Facts(self.editor.buffer, version, said, echo=self.ways.echo)

    def _ask(self, edit: dict[str, Any], *, behind: int, version: int) -> None:
        start, end = (Position(edit["range"][one]["line"], edit["range"][one]["character"]) for one in ("start", "end"))
        self.editor.receive(EditRequest(1, version - behind, TextEdit(Range(start, end), edit["newText"])))


@pytest.mark.parametrize("name", FAKES)
def test_the_fake_does_what_was_recorded_of_the_real_editor(name: str) -> None:
    recording, ways = recording_of(name), FAKES[name]
    fake = Fake(ways, recording["opened"]["text"])
    assert fake.heard == [Opened(recording["opened"]["text"], recording["opened"]["version"])]
    assert tuple(step["step"] for step in recording["steps"]) == STEPS
    for step in recording["steps"]:
        real, played = real_facts(step, ways.echo), fake.play(step)
        if step["step"] in ("typed", "racing"):  # how many events some keys are is no fact about the editor
            real.version_step = played.version_step = 0
        assert vars(played) == vars(real), step["step"]


def test_every_editor_of_the_matrix_is_recorded() -> None:
    assert {file.stem for file in RECORDINGS.glob("*.json")} == set(FAKES)

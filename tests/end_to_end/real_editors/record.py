"""Records how real editors talk, for the fakes to be compared with: `python3 dev.py editors --record`.

One script for all: open, type, an edit of the server at the right version, one at a stale version, one while typing is
not reported yet, one that takes the final line end. tests/simulation/editors/test_recordings plays it to the fakes.
"""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.end_to_end.real_editors.desks import MAKERS
from tests.end_to_end.real_editors.driver import Place, RealEditor
from tests.end_to_end.real_editors.emacs import Emacs
from tests.end_to_end.real_editors.neovim import SNIPPETS, Neovim
from tests.end_to_end.real_editors.stand_in import served_by
from tests.support.editors import need_editor
from tests.support.processes import wait_until

RECORDINGS = Path(__file__).resolve().parents[2] / "simulation" / "editors" / "recordings"
START = "one\ntwo\n"
QUIET_SECONDS = 1.5  # longer than any editor waits before it reports


def neovim_by_default(program: str, snippet: str) -> Callable[[Place], RealEditor]:
    """With the debounce that Neovim has if nobody sets another."""

    def make(place: Place) -> RealEditor:
        start = place.home / "default.lua"
        start.write_text((SNIPPETS / snippet).read_text().replace("debounce_text_changes = 0", ""))
        return Neovim(need_editor(program), place, str(start))

    return make


def emacs_by_default(place: Place) -> RealEditor:
    """With the half second that eglot waits if nobody sets another time."""
    editor = Emacs(need_editor("emacs-30"), place)
    editor.ask("(setq eglot-send-changes-idle-time 0.5)")
    return editor


RECORDED: dict[str, Callable[[Place], RealEditor]] = {
    "neovim-0.10": MAKERS["neovim-0.10"],
    "neovim-0.12": MAKERS["neovim-0.12"],
    "neovim-0.10-default": neovim_by_default("neovim-0.10", "neovim-0.10.lua"),
    "neovim-0.12-default": neovim_by_default("neovim-0.12", "neovim-0.11.lua"),
    "emacs-30": MAKERS["emacs-30"],
    "emacs-30-default": emacs_by_default,
    "helix-25.01": MAKERS["helix-25.01"],
    "helix-25.07": MAKERS["helix-25.07"],
}


class Session:
    """A real editor with the recorder for its language server."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def said(self, edit: dict[str, Any] | None = None) -> list[Any]:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(10)
            asking.connect(str(self._path))
            with asking.makefile("rw", encoding="utf-8") as line:
                line.write(json.dumps(edit or {}) + "\n")
                line.flush()
                found: list[Any] = json.loads(line.readline())
        return found

    def quiet(self) -> list[Any]:
        """All that was said, when nothing more is."""
        said = self.said()
        since = time.monotonic()
        while time.monotonic() < since + QUIET_SECONDS:
            time.sleep(0.05)  # asks again: silence is what is waited for
            if len(now := self.said()) != len(said):
                said, since = now, time.monotonic()
        return said

    def version(self) -> int:
        told = [params["textDocument"] for kind, params in self.said() if kind.endswith(("Open", "Change"))]
        return max(int(document["version"]) for document in told)


def record(name: str) -> dict[str, Any]:
    with opened(RECORDED[name]) as (editor, session):
        steps: list[dict[str, Any]] = []

        def step(kind: str, action: Callable[[], object], **more: Any) -> None:
            before, at, version = editor.text(), len(session.quiet()), session.version()
            action()
            said = session.quiet()[at:]
            texts = {"before": before, "after": editor.text()}
            steps.append({"step": kind, **more, "version": version, **texts, "said": said})

        def edit(
            version: int, line: int, start: int, text: str, *, to: tuple[int, int] | None = None
        ) -> dict[str, Any]:
            end = to or (line, start)
            places = {"start": {"line": line, "character": start}, "end": {"line": end[0], "character": end[1]}}
            return {"version": version, "range": places, "newText": text}

        step("typed", lambda: editor.type_at_end("abc"))
        step("typed", lambda: editor.type_at_end("def"))
        fresh = edit(session.version(), 0, 0, "FRESH ")
        step("fresh", lambda: session.said(fresh), edit=fresh)
        stale = edit(session.version() - 1, 0, 0, "STALE ")
        step("stale", lambda: session.said(stale), edit=stale)
        racing = edit(session.version(), 1, 0, "RACING\n")

        def race() -> None:
            if isinstance(editor, Emacs):
                editor.press("xyz")  # by real keys: without them it is idle for long, and reports at once
                time.sleep(0.1)  # they are on their way through the terminal
            else:
                editor.type_at_end("xyz")
            session.said(racing)

        step("racing", race, edit=racing)
        session.quiet()
        last = editor.text().split("\n")
        final = edit(session.version(), len(last) - 2, len(last[-2]), "", to=(len(last) - 1, len(last[-1])))
        step("final line end", lambda: session.said(final), edit=final)
        return {"editor": name, "opened": session.said()[0][1]["textDocument"], "steps": steps}


@contextmanager
def opened(make: Callable[[Place], RealEditor]) -> Iterator[tuple[RealEditor, Session]]:
    recorder = "tests.end_to_end.real_editors.recorder"
    with served_by(recorder, make, START, lambda base: {"RECORDER_SOCKET": str(base / "recorder")}) as (editor, base):
        session = Session(base / "recorder")
        wait_until((base / "recorder").exists, what="the recorder listens")
        wait_until(lambda: any(kind.endswith("Open") for kind, _ in session.said()), what="the document is open")
        yield editor, session


def record_all(names: list[str]) -> int:
    RECORDINGS.mkdir(exist_ok=True)
    for name in names or list(RECORDED):
        recording = record(name)
        recording["opened"].pop("uri")
        for one in recording["steps"]:
            for said in one["said"]:
                if isinstance(said[1], dict):
                    said[1]["textDocument"].pop("uri", None)
        text = json.dumps(recording, ensure_ascii=False, indent=1) + "\n"
        (RECORDINGS / f"{name}.json").write_text(text, encoding="utf-8")
        print(f"{name}: recorded", flush=True)  # noqa: T201  # this is a command
    return 0

"""From a key in one real editor to the buffer of another: `python3 dev.py bench editors [NAME ...]`.

The other end is Neovim 0.12 with the plugin, whose buffer can be asked in less than a millisecond. `out`: a key typed
in the editor named, until Neovim shows it. `in`: a key typed in Neovim, until the editor named shows it (Emacs is asked
by emacsclient and Helix by its screen: up to 15 ms of that is asking). Milliseconds; the load is printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.end_to_end.pair import share_and_join
from tests.end_to_end.real_editors.desks import MAKERS, has_text, same_text
from tests.end_to_end.real_editors.driver import FILE, Place, RealEditor
from tests.end_to_end.real_editors.helix import Helix
from tests.end_to_end.real_editors.neovim import Neovim
from tests.support.editors import editor_environment, need_editor
from tests.support.hub_process import HubProcess
from tests.support.processes import wait_until

KEYS = 30
PAUSE_SECONDS = 0.25
PATIENCE_SECONDS = 10.0


def shows(editor: RealEditor, mark: str) -> bool:
    if isinstance(editor, Helix):
        return mark in editor.screen()
    return mark in editor.text()


def milliseconds(sender: RealEditor, receiver: RealEditor, name: str) -> list[float]:
    """One word typed at a time, in a line of its own, each waited for."""
    found = []
    for number in range(KEYS):
        mark = f"{name}{number:02d}"
        start = time.perf_counter()
        sender.type_at_end(mark)
        while not shows(receiver, mark):
            if time.perf_counter() - start > PATIENCE_SECONDS:
                raise SystemExit(f"{receiver.name} does not show what {sender.name} typed")
        found.append((time.perf_counter() - start) * 1000)
        time.sleep(PAUSE_SECONDS)
    return found


def opened(name: str, folder: Path, base: Path, stack: ExitStack, make: Callable[[Place], RealEditor]) -> RealEditor:
    home = base / f"home-{name}"
    home.mkdir()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    (folder / FILE).touch()
    editor = make(Place(folder, home, editor_environment(home) | {"PATH": path}))
    stack.callback(editor.close)
    return editor


def measure(name: str) -> str:
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-editors-")))
        hub = stack.enter_context(HubProcess(base / "hub"))
        folders = share_and_join(base, hub)
        (folders.ada / FILE).write_text("start\n")
        editor = opened("ada", folders.ada, base, stack, MAKERS[name])
        wait_until(lambda: has_text(folders, "start\n"), what="the room has the text")
        neovim = opened(
            "bob", folders.bob, base, stack, lambda place: Neovim(need_editor("neovim-0.12"), place, "plugin")
        )
        wait_until(lambda: same_text(neovim.text(), "start"), what="Neovim shows the text")
        back = milliseconds(neovim, editor, "in")  # first: Helix shows one screen only
        out = milliseconds(editor, neovim, "out")
    return f"{name:20s} {_shown(out)} {_shown(back)}"


def _shown(values: list[float]) -> str:
    return f"{statistics.median(values):8.1f} {statistics.quantiles(values, n=20)[18]:8.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev.py bench editors")
    parser.add_argument("editor", nargs="*", default=list(MAKERS), help=", ".join(MAKERS))
    print(f"{'ms':20s} {'out p50':>8s} {'out p95':>8s} {'in p50':>8s} {'in p95':>8s}")
    for name in parser.parse_args().editor:
        print(measure(name), f"  (load {os.getloadavg()[0]:.1f})", flush=True)


if __name__ == "__main__":
    main()

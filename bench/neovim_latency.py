"""From a key in one Neovim to the buffer of another, by their own clocks: `python3 dev.py bench neovim_latency`.

Both Neovims write down when their buffer changed (nvim_buf_attach, uv.hrtime: CLOCK_MONOTONIC, one machine), the first
one also when the key arrived (vim.on_key). Nothing is asked while a key is on its way, so no asking is in the figure.
The hub is the default one: what others see is durable first. Milliseconds; the load is printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.editors import opened
from tests.end_to_end.pair import share_and_join
from tests.end_to_end.real_editors.desks import has_text, same_text
from tests.end_to_end.real_editors.driver import FILE
from tests.end_to_end.real_editors.neovim import Neovim
from tests.support.editors import need_editor
from tests.support.hub_process import HubProcess
from tests.support.processes import wait_until

KEYS = 60
PAUSE_SECONDS = 0.15
WATCH = """
Pair = { keys = {}, lines = {} }
vim.on_key(function() table.insert(Pair.keys, vim.uv.hrtime()) end)
vim.api.nvim_buf_attach(0, false, { on_lines = function() table.insert(Pair.lines, vim.uv.hrtime()) end })
"""
FORGET = "Pair.keys, Pair.lines = {}, {}"
TOLD = "return { Pair.keys[1] or 0, Pair.lines[1] or 0 }"


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev.py bench neovim_latency")
    parser.add_argument("editor", nargs="*", default=["neovim-0.10", "neovim-0.12"])
    print(f"{'ms, with the plugin':20s} {'key to own buffer':>18s} {'to the other, p50':>18s} {'p95':>8s}")
    for name in parser.parse_args().editor:
        print(measure(name), f"  (load {os.getloadavg()[0]:.1f})", flush=True)


def measure(name: str) -> str:
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-neovim-")))
        hub = stack.enter_context(HubProcess(base / "hub"))
        folders = share_and_join(base, hub)
        (folders.ada / FILE).write_text("start\n")

        def neovim(who: str, folder: Path) -> Neovim:
            editor = opened(who, folder, base, stack, lambda place: Neovim(need_editor(name), place, "plugin"))
            assert isinstance(editor, Neovim)
            return editor

        ada = neovim("ada", folders.ada)
        wait_until(lambda: has_text(folders, "start\n"), what="the room has the text")
        bob = neovim("bob", folders.bob)
        wait_until(lambda: same_text(bob.text(), "start"), what="the other Neovim shows the text")
        ada.press("o")
        time.sleep(1.0)  # both at rest
        for editor in (ada, bob):
            editor.lua(WATCH)
        own, there = [], []
        for _ in range(KEYS):
            ada.lua(FORGET)
            bob.lua(FORGET)
            ada.press("x")
            time.sleep(PAUSE_SECONDS)  # a slow typist; much longer than a key is on its way
            key, here = ada.lua(TOLD)
            _, arrived = bob.lua(TOLD)
            assert here > 0 < arrived, "a key did not arrive within the pause"
            own.append((here - key) / 1e6)
            there.append((arrived - key) / 1e6)
    p95 = statistics.quantiles(there, n=20)[18]
    return f"{name:20s} {statistics.median(own):18.2f} {statistics.median(there):18.2f} {p95:8.2f}"


if __name__ == "__main__":
    main()

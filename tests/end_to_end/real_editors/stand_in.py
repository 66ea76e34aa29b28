"""A real editor whose `pair-ls lsp` is another program, which knows more of what goes on than a test could see."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.end_to_end.real_editors.driver import FILE, Place, RealEditor
from tests.support.editors import editor_environment

ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def served_by(
    module: str, make: Callable[[Place], RealEditor], text: str, extra: Callable[[Path], Mapping[str, str]]
) -> Iterator[tuple[RealEditor, Path]]:
    """The editor with a file of this text, and a folder of its own; `extra` gives the environment for it."""
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stand-in-", ignore_cleanup_errors=True)))
        folder, home, programs = base / "folder", base / "home", base / "bin"
        for place in (folder / ".pair-ls", home, programs):
            place.mkdir(parents=True)
        (folder / FILE).write_text(text)
        program = programs / "pair-ls"
        program.write_text(f"#!/bin/sh\nexec {sys.executable} -m {module}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        environment = editor_environment(home) | {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            **extra(base),
        }
        editor = make(Place(folder, home, environment))
        stack.callback(editor.close)
        yield editor, base

"""Two people in a room whose folders real editors open."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.end_to_end.pair import SharedFolders, share_and_join
from tests.end_to_end.real_editors.desks import MAKERS
from tests.end_to_end.real_editors.driver import FILE, Place, RealEditor
from tests.support.editors import editor_environment
from tests.support.hub_process import HubProcess


@pytest.fixture
def folders(tmp_path: Path, hub: HubProcess) -> SharedFolders:
    return share_and_join(tmp_path, hub)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[str, Path], RealEditor]]:
    """Opens `FILE` of a joined folder in an editor; closed behind the test."""
    with ExitStack() as stack:

        def open_in(name: str, folder: Path) -> RealEditor:
            home = tmp_path / f"home-{folder.name}"
            home.mkdir()
            programs = str(Path(sys.executable).parent)
            environment = editor_environment(home) | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
            (folder / FILE).touch()
            editor = MAKERS[name](Place(folder, home, environment))
            stack.callback(editor.close)
            return editor

        yield open_in

"""Hearing of changes: from the system, and by looking where it does not tell."""

import asyncio
import sys
from pathlib import Path

import pytest

from pair_ls.language_server.folder import watching
from pair_ls.language_server.folder.files import FolderFiles


async def heard(folder: Path, expected: set[str]) -> None:
    files = FolderFiles(folder, temporary=folder, max_bytes=1000)
    heard: set[str] = set()
    is_ready = False
    async with asyncio.timeout(20):
        async for paths in watching.changes(folder, files, lambda: ["a.py", "é/b.py"]):
            heard |= paths
            if not is_ready:
                is_ready = True
                (folder / "a.py").write_text("changed 😀\n")
                (folder / "é" / "b.py").unlink()
                (folder / ".git" / "index").write_text("x")
            if heard >= expected:
                break
    assert not [path for path in heard if path.startswith(".git")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("é", ".git"):
        (tmp_path / name).mkdir()
    (tmp_path / "a.py").write_text("a\n")
    (tmp_path / "é" / "b.py").write_text("b\n")
    return tmp_path


async def test_the_system_tells(folder: Path) -> None:
    await heard(folder, {"a.py", "é/b.py"})


async def test_without_watchfiles_the_files_are_looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    monkeypatch.setattr(watching, "POLL_SECONDS", 0.05)
    await heard(folder, {"a.py", "é/b.py"})


def test_paths_of_tools_and_outside_are_none(tmp_path: Path) -> None:
    assert watching.shared_path(tmp_path, str(tmp_path / "é" / "x")) == "é/x"
    assert watching.shared_path(tmp_path, str(tmp_path / ".pair-ls" / "x")) is None
    assert watching.shared_path(tmp_path, str(tmp_path / "sub" / ".git" / "x")) is None
    assert watching.shared_path(tmp_path, "/elsewhere/x") is None

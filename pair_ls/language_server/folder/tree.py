"""Walks a folder for the files that are shared when all of it is. Waits for the disk."""

import os
import sys
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from pair_ls.editor.safe_path import check_path, shown
from pair_ls.editor.share_rules import IGNORE_FILES, ShareRules, is_secret, is_tool_folder
from pair_ls.errors import PathRefused
from pair_ls.language_server.folder.files import too_large

OWN_IGNORE_FILE = ".pair-ls/ignore"


@dataclass(slots=True)
class Tree:
    """What a walk found: paths to share, and what is not, with why (what is ignored goes without saying)."""

    paths: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def walk(root: Path, *, max_bytes: int) -> Tree:
    """All of the folder but what is ignored, secret, linked, or belongs to a tool. Reads no file's content."""
    tree, rules = Tree(), ShareRules()
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        place = root / folder if folder else root
        rules.add(folder, _ignore_lines(root, place, is_top=not folder))
        for entry in _entries(place):
            name = unicodedata.normalize("NFC", entry.name) if sys.platform == "darwin" else entry.name
            path = f"{folder}/{name}" if folder else name
            if entry.is_dir(follow_symlinks=False):
                if not is_tool_folder(name) and not rules.is_ignored(path, is_folder=True):
                    waiting.append(path)
            elif entry.is_file(follow_symlinks=False) and not rules.is_ignored(path):
                _take(tree, path, entry, max_bytes)
    tree.paths.sort()
    return tree


def _take(tree: Tree, path: str, entry: "os.DirEntry[str]", max_bytes: int) -> None:
    try:
        check_path(path)
    except PathRefused as error:
        tree.refused[shown(path)] = error.message
        return
    if is_secret(path):
        tree.refused[path] = f"{path} may hold a secret, so it is shared only if you open it in the editor."
    elif entry.stat(follow_symlinks=False).st_size > max_bytes:
        tree.refused[path] = too_large(path, max_bytes).message
    else:
        tree.paths.append(path)


def _entries(place: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(place) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _ignore_lines(root: Path, place: Path, *, is_top: bool) -> list[str]:
    files = [place / name for name in IGNORE_FILES] + ([root / OWN_IGNORE_FILE] if is_top else [])
    lines: list[str] = []
    for file in files:
        try:
            lines += file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
    return lines

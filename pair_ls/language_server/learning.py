"""What the offline model learns from besides open documents: the code files of the open folders, read in a thread.

Ignore files are read here too, because they say what must not be learned and what must not leave the machine.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pair_ls.completion.exclusions import Exclusions

log = logging.getLogger(__name__)

LANGUAGES = {
    ".py": "python", ".pyi": "python", ".ts": "typescript", ".tsx": "typescriptreact", ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript", ".jsx": "javascriptreact", ".vue": "vue", ".svelte": "svelte", ".go": "go", ".rs": "rust",
    ".java": "java", ".kt": "kotlin", ".cs": "csharp", ".scala": "scala", ".swift": "swift", ".php": "php",
    ".dart": "dart",
    ".c": "c", ".h": "c", ".cc": "cpp", ".cpp": "cpp", ".hpp": "cpp", ".css": "css", ".scss": "scss", ".html": "html",
    ".sql": "sql", ".sh": "shellscript",
}  # fmt: skip
_SKIPPED = frozenset(
    ".git .hg .svn .venv venv env node_modules dist build out target vendor third_party __pycache__ .tox .mypy_cache"
    " .pytest_cache .ruff_cache .next .cache coverage site-packages .pair-ls".split()
)
_MOST_FILES = 600
MOST_CHARACTERS = 3_000_000
LARGEST_FILE = 200_000
_IGNORE_FILES = (".aiignore", ".gitignore")


@dataclass(frozen=True, slots=True)
class Code:
    """A file of the folder; `path` is absolute."""

    path: Path
    language_id: str
    text: str


def read_ignore_files(root: Path) -> Exclusions:
    """All `.aiignore` and `.gitignore` files below the folder."""
    found: dict[str, dict[str, list[str]]] = {name: {} for name in _IGNORE_FILES}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in _SKIPPED]
        for name in _IGNORE_FILES:
            if name in names:
                inside = Path(folder).relative_to(root).as_posix()
                lines = _text(Path(folder, name)).splitlines()
                found[name]["" if inside == "." else inside] = lines
    return Exclusions(found[".aiignore"], found[".gitignore"])


def read_ignore_files_above(folder: Path) -> Exclusions:
    """All `.aiignore` files from the folder up, and the `.gitignore` files of the repository it is in.

    For paths from the top of the file system.
    """
    found: dict[str, dict[str, list[str]]] = {name: {} for name in _IGNORE_FILES}
    parents = (folder, *folder.parents)
    repository = next((each for each in parents if (each / ".git").exists()), None)
    for each in parents:
        inside = each.relative_to(each.anchor).as_posix()
        for name in _IGNORE_FILES:
            if name == ".aiignore" or (repository is not None and each.is_relative_to(repository)):
                lines = _text(each / name).splitlines()
                if lines:
                    found[name]["" if inside == "." else inside] = lines
    return Exclusions(found[".aiignore"], found[".gitignore"])


def code_below(root: Path, exclusions: Exclusions) -> Iterator[Code]:
    """Code files, those nearest to the top first, up to three million characters."""
    files, characters = 0, 0
    for path in sorted(_code_files(root), key=lambda path: (len(path.parts), path)):
        text = _text(path)
        if exclusions.reason(path.relative_to(root).as_posix(), text):
            continue
        yield Code(path, LANGUAGES[path.suffix], text)
        files, characters = files + 1, characters + len(text)
        if files >= _MOST_FILES or characters >= MOST_CHARACTERS:
            return


def _code_files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in _SKIPPED and not name.startswith(".")]
        for name in names:
            path = Path(folder, name)
            try:
                if path.suffix in LANGUAGES and path.stat().st_size <= LARGEST_FILE:
                    yield path
            except OSError:  # gone, or a link that leads nowhere
                continue


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
    except OSError:
        return ""


async def learn_folder(root: Path, exclusions: Exclusions, learn: Callable[[Code], None]) -> None:
    """Reads in a thread, hands over in the loop, a file at a time, and leaves the loop time between them."""
    found = code_below(root, exclusions)
    count = 0
    while (code := await asyncio.to_thread(next, found, None)) is not None:
        learn(code)
        count += 1
        await asyncio.sleep(0.005)
    log.info("learned from %d files", count)

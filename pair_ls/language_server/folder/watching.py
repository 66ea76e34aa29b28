"""Hears which files below a folder other programs changed: from the system where `watchfiles` is, else by looking."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from pair_ls.editor.share_rules import is_tool_folder
from pair_ls.language_server.folder.files import FolderFiles, Stamp

log = logging.getLogger(__name__)

SETTLE_MILLISECONDS = 100
"""Changes that follow each other so closely are told together."""
READY_MILLISECONDS = 300
"""So often an empty set is told."""
POLL_SECONDS = 1.0


async def changes(root: Path, files: FolderFiles, known: Callable[[], Iterable[str]]) -> AsyncIterator[set[str]]:
    """Sets of paths where something changed, came or went; never ends. A path may be told though nothing did.

    The first set, mostly empty, says that from now on nothing goes unnoticed. `known` names the paths to look at where
    the system does not tell; it is called in a thread.
    """
    try:
        from watchfiles import awatch
    except ImportError:
        log.info("watchfiles is not installed: looking at the files once a second")
    else:
        try:
            async for raw in awatch(
                root,
                watch_filter=None,
                debounce=400,
                step=SETTLE_MILLISECONDS,
                rust_timeout=READY_MILLISECONDS,
                yield_on_timeout=True,
            ):
                yield {path for _, name in raw if (path := shared_path(root, name)) is not None}
        except (OSError, RuntimeError) as error:  # out of watches, or a file system that has none
            log.warning("cannot watch the folder (%s): looking at the files once a second", type(error).__name__)
    async for paths in _looked_for(files, known):
        yield paths


def shared_path(root: Path, name: str) -> str | None:
    """The path in the room of a changed file; None for what belongs to a tool."""
    try:
        parts = Path(name).relative_to(root).parts
    except ValueError:
        return None
    return None if not parts or any(map(is_tool_folder, parts)) else "/".join(parts)


async def _looked_for(files: FolderFiles, known: Callable[[], Iterable[str]]) -> AsyncIterator[set[str]]:
    stamps = await asyncio.to_thread(_stamps, files, known)
    yield set()
    while True:
        await asyncio.sleep(POLL_SECONDS)
        now = await asyncio.to_thread(_stamps, files, known)
        yield {path for path in now.keys() | stamps.keys() if now.get(path) != stamps.get(path)}
        stamps = now


def _stamps(files: FolderFiles, known: Callable[[], Iterable[str]]) -> dict[str, Stamp | None]:
    return {path: files.stamp(path) for path in known()}

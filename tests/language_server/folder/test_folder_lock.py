"""One process per folder."""

from pathlib import Path

from pair_ls.language_server.folder.folder_lock import FolderLock


def test_only_one_has_it_and_the_next_gets_it_afterwards(tmp_path: Path) -> None:
    one, other = FolderLock(tmp_path / "lock"), FolderLock(tmp_path / "lock")
    assert one.acquire()
    assert one.acquire()
    assert not other.acquire()
    one.release()
    assert other.acquire()
    other.release()
    other.release()

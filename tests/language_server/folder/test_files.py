"""Files of a shared folder on a real disk: what is read and written, and what is not touched."""

import os
import stat
from pathlib import Path

import pytest

from pair_ls.editor import LineEnding
from pair_ls.errors import PathRefused, TextRefused
from pair_ls.language_server.folder.files import FolderFiles, Form

AWKWARD = "é 😀 e\u0301\u2028\fone\ntwo\n"


@pytest.fixture
def files(tmp_path: Path) -> FolderFiles:
    (tmp_path / "own").mkdir()
    (tmp_path / "folder").mkdir()
    return FolderFiles(tmp_path / "folder", temporary=tmp_path / "own", max_bytes=1000)


def test_text_comes_back_as_it_was_written(files: FolderFiles) -> None:
    stamp = files.write("deep/é/😀.txt", AWKWARD, Form())
    read = files.read("deep/é/😀.txt")
    assert read is not None
    assert (read.text, read.stamp, read.form.line_ending) == (AWKWARD, stamp, LineEnding.LF)
    assert files.read("deep/none") is None
    assert files.read("none/x") is None


@pytest.mark.parametrize("before", [b"one\r\ntwo\r\n", b"\xef\xbb\xbfone\r\n", b"\xef\xbb\xbfone\n", b"", b"no end"])
def test_line_ending_mark_and_mode_stay(files: FolderFiles, before: bytes) -> None:
    place = files.root / "x.sh"
    place.write_bytes(before)
    place.chmod(0o751)
    read = files.read("x.sh")
    assert read is not None
    files.write("x.sh", read.text, read.form)
    assert place.read_bytes() == before
    files.write("x.sh", read.text + "é\n", read.form)
    assert place.read_bytes().startswith(before)
    assert stat.S_IMODE(place.stat().st_mode) == 0o751


def test_new_file_takes_the_mode_that_the_user_gives_to_new_files(files: FolderFiles) -> None:
    mask = os.umask(0o027)
    try:
        files.write("x", "é", Form())
    finally:
        os.umask(mask)
    assert stat.S_IMODE((files.root / "x").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"\0", "text-binary"), (b"\xff\xfe", "text-binary"), (b"a\rb", "text-lone-cr"), (b"x" * 1001, "text-too-large")],
)
def test_what_is_no_text_is_refused_with_a_sentence(files: FolderFiles, data: bytes, code: str) -> None:
    (files.root / "é.bin").write_bytes(data)
    with pytest.raises(TextRefused, match=r"é\.bin") as refused:
        files.read("é.bin")
    assert refused.value.code == code


@pytest.mark.parametrize("path", ["dir/secret", "leaf", "inside", "loop/x"])
def test_links_are_not_followed_wherever_they_lead(files: FolderFiles, tmp_path: Path, path: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (files.root / "dir").symlink_to(outside)
    (files.root / "leaf").symlink_to(outside / "secret")
    (files.root / "real").write_text("x")
    (files.root / "inside").symlink_to("real")
    (files.root / "loop").symlink_to("loop")
    with pytest.raises(PathRefused):
        files.read(path)
    with pytest.raises(PathRefused):
        files.write(path, "planted", Form())
    assert files.stamp(path) is None
    assert (outside / "secret").read_text() == "secret"
    assert (files.root / "real").read_text() == "x"


def test_pipe_and_folder_are_no_files(files: FolderFiles) -> None:
    os.mkfifo(files.root / "pipe")
    (files.root / "folder").mkdir()
    for path in ("pipe", "folder"):
        with pytest.raises(PathRefused):
            files.read(path)
        with pytest.raises(PathRefused):
            files.write(path, "x", Form())


def test_hard_link_is_broken_not_written_through(files: FolderFiles, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("secret")
    os.link(tmp_path / "outside", files.root / "hard")
    files.write("hard", "é", Form())
    assert (tmp_path / "outside").read_text() == "secret"


def test_folder_swapped_for_a_link_at_any_moment_leads_nowhere(files: FolderFiles, tmp_path: Path) -> None:
    """Two thousand times the parent is a folder, then a link: no write ever arrives outside."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (files.root / "real").mkdir()
    inside = files.root / "parent"
    for number in range(2000):
        inside.unlink(missing_ok=True)
        inside.symlink_to(outside if number % 2 else files.root / "real")
        with pytest.raises(PathRefused):
            files.write("parent/x", "planted", Form())
    assert list(outside.iterdir()) == list((files.root / "real").iterdir()) == []


def test_unsafe_path_is_refused_before_the_disk_is_asked(files: FolderFiles) -> None:
    for path in ("../x", "/etc/passwd", ".git/config", "con"):
        with pytest.raises(PathRefused):
            files.write(path, "x", Form())
        with pytest.raises(PathRefused):
            files.read(path)


def test_move_takes_no_other_files_place_and_leaves_no_empty_folder(files: FolderFiles) -> None:
    files.write("a/b/x", "x é", Form())
    files.write("y", "y", Form())
    with pytest.raises(FileExistsError):
        files.rename("a/b/x", "y")
    with pytest.raises(FileNotFoundError):
        files.rename("none", "z")
    files.rename("a/b/x", "c/x")
    assert not (files.root / "a").exists()
    assert (files.root / "c" / "x").read_text() == "x é"
    files.remove("c/x")
    files.remove("c/x")
    assert {entry.name for entry in files.root.iterdir()} == {"y"}


def test_whoever_reads_sees_the_old_or_the_new(files: FolderFiles) -> None:
    files.write("x", "old" * 100, Form())
    with (files.root / "x").open("rb") as reader:
        files.write("x", "new" * 100, Form())
        assert reader.read() == b"old" * 100
    assert (files.root / "x").read_bytes() == b"new" * 100
    assert list(files._temporary.iterdir()) == []


def test_what_a_killed_process_left_is_cleared(files: FolderFiles, tmp_path: Path) -> None:
    (tmp_path / "own" / "half").write_text("half a fi")
    files.clear_temporary()
    assert list((tmp_path / "own").iterdir()) == []

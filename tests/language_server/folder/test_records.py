"""Common texts and backups that outlive the process."""

import stat
from pathlib import Path

import pytest

from pair_ls.language_server.folder.records import Records, digest_of
from pair_ls.room.ids import DocumentId

ID = DocumentId("x")
AWKWARD = "é 😀\u2028\r\n\fone\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".pair-ls").mkdir()
    return tmp_path


def test_common_text_outlives_the_process(folder: Path) -> None:
    Records(folder, "room").save(ID, AWKWARD, "é.py")
    later = Records(folder, "room")
    record = later.get(ID)
    assert record is not None
    assert (record.path, record.digest, later.base(ID)) == ("é.py", digest_of(AWKWARD), AWKWARD)
    assert Records(folder, "other").get(ID) is None


def test_recent_common_texts_are_known_but_not_forever(folder: Path) -> None:
    records = Records(folder, "room")
    for number in range(40):
        records.save(ID, f"{number} é", "x")
    assert records.was_common(ID, "38 é")
    assert Records(folder, "room").was_common(ID, "8 é")
    assert not records.was_common(ID, "39 é")  # that one is the base
    assert not records.was_common(ID, "1 é")


def test_moved_and_forgotten(folder: Path) -> None:
    records = Records(folder, "room")
    records.save(ID, AWKWARD, "old")
    records.moved(ID, "new")
    record = Records(folder, "room").get(ID)
    assert record is not None
    assert record.path == "new"
    records.forget(ID)
    records.forget(ID)
    assert Records(folder, "room").base(ID) is None


def test_broken_record_counts_as_none_and_half_a_file_is_removed(folder: Path) -> None:
    records = Records(folder, "room")
    records.save(ID, AWKWARD, "x")
    place = next(path for path in (folder / ".pair-ls" / "base").rglob("x"))
    place.with_name(".x.1234").write_text("half")
    place.write_bytes(b"not json\n")
    assert Records(folder, "room").get(ID) is None
    assert not place.with_name(".x.1234").exists()


def test_no_backup_is_ever_replaced(folder: Path) -> None:
    records = Records(folder, "room")
    places = [records.back_up("deep/é.txt", f"{number}\r\n".encode()) for number in range(5)]
    assert [place.read_bytes() for place in places] == [f"{number}\r\n".encode() for number in range(5)]
    assert all(stat.S_IMODE(place.stat().st_mode) == 0o600 for place in places)

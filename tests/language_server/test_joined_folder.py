"""`.pair-ls/`: what is written there, who may read it, and what a broken one leads to."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from pair_ls.errors import SettingsError
from pair_ls.language_server.folder.records import Records
from pair_ls.language_server.hub_connection import HubAddress
from pair_ls.language_server.joined_folder import JoinedFolder, new_participant

ADDRESS = HubAddress("http://127.0.0.1:8000", "room-é", "secret-of-mine", "Zoë 😀", token="t.o.k")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_room_is_remembered_and_found_from_below(tmp_path: Path) -> None:
    folder = JoinedFolder(tmp_path, ADDRESS, invite="http://h/r/x#t", page="http://h/r/x")
    folder.save()
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert JoinedFolder.containing(tmp_path / "a" / "b") == folder
    assert JoinedFolder.load(tmp_path / "a") is None


def test_only_the_owner_may_read_it_and_no_git_takes_it(tmp_path: Path) -> None:
    JoinedFolder(tmp_path, ADDRESS).save()
    own = tmp_path / ".pair-ls"
    assert mode(own) == 0o700
    assert mode(own / "room.json") == mode(own / "token") == 0o600
    assert (own / ".gitignore").read_text() == "*\n"
    assert "t.o.k" not in (own / "room.json").read_text()


def test_without_a_token_an_old_one_is_deleted(tmp_path: Path) -> None:
    JoinedFolder(tmp_path, ADDRESS).save()
    JoinedFolder(tmp_path, replace(ADDRESS, token=None)).save()
    assert not (tmp_path / ".pair-ls" / "token").exists()


def test_a_forgotten_room_is_not_found_but_backups_stay(tmp_path: Path) -> None:
    folder = JoinedFolder(tmp_path, ADDRESS)
    folder.save()
    place = Records(tmp_path, "room").back_up("a/é.py", b"alt\r\n")
    folder.forget()
    folder.forget()
    assert JoinedFolder.containing(tmp_path) is None
    assert place.read_bytes() == b"alt\r\n"


@pytest.mark.parametrize("content", ["", "[]", "{", '{"hubUrl": 1}', "\x00"])
def test_a_broken_file_is_named_with_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / ".pair-ls").mkdir()
    (tmp_path / ".pair-ls" / "room.json").write_text(content)
    with pytest.raises(SettingsError, match=r"room\.json cannot be read.*pair-ls join LINK"):
        JoinedFolder.load(tmp_path)


def test_secrets_are_not_in_what_is_printed(tmp_path: Path) -> None:
    printed = repr(JoinedFolder(tmp_path, ADDRESS, invite="http://h/r/x#secret-invite"))
    assert not [word for word in ("t.o.k", "secret-of-mine", "secret-invite") if word in printed]
    assert new_participant() != new_participant()


def test_the_file_is_json_that_a_person_can_read(tmp_path: Path) -> None:
    JoinedFolder(tmp_path, ADDRESS).save()
    known = json.loads((tmp_path / ".pair-ls" / "room.json").read_bytes())
    assert known == {
        "hubUrl": "http://127.0.0.1:8000",
        "roomId": "room-é",
        "participant": "secret-of-mine",
        "name": "Zoë 😀",
    }

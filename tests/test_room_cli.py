"""`pair-ls rooms | invite | history | restore` against a real hub, in this process."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pair_ls import cli
from pair_ls.language_server.hub_connection import HubAddress
from pair_ls.language_server.joined_folder import JoinedFolder, new_participant
from pair_ls.room.invite import parse_link
from tests.support.hub_process import HubProcess

Terminal = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path, hub: HubProcess, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The owner's, and the current one."""
    made = hub.create_room(code="first\n", language="python", name="é 😀")
    joined = tmp_path / "folder"
    joined.mkdir()
    JoinedFolder(joined, HubAddress(hub.url, made["roomId"], new_participant(), "Ada", token=made["token"])).save()
    monkeypatch.chdir(joined)
    return joined


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Terminal:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(arguments)
        written = capsys.readouterr()
        return code, written.out, written.err

    return run


def told(terminal: Terminal, *arguments: str) -> Any:
    code, out, err = terminal(*arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def test_an_owner_looks_at_a_room(folder: Path, terminal: Terminal) -> None:
    room = told(terminal, "rooms", "show")
    assert (room["name"], room["role"], room["documents"][0]["path"]) == ("é 😀", "owner", "main.py")
    listed = told(terminal, "rooms", "list", str(folder.parent))
    assert [(each["folder"], each["roomId"]) for each in listed] == [(str(folder), room["roomId"])]
    assert terminal("rooms", "show")[1].splitlines()[1:] == ["  main.py"]


def test_a_link_is_made_used_and_taken_back(folder: Path, hub: HubProcess, terminal: Terminal) -> None:
    code, link, talk = terminal("invite", "create", "--role", "viewer", "--days", "1")
    assert (code, talk.startswith("Whoever has this link may enter as viewer")) == (0, True)
    assert parse_link(link.strip()).token is not None
    assert told(terminal, "rooms", "show", "--link", link.strip())["role"] == "viewer"
    refused = terminal("invite", "create", "--link", link.strip())
    assert (refused[0], refused[1]) == (1, "")
    assert "Only an owner" in refused[2]
    newest = told(terminal, "invite", "list")[-1]
    assert terminal("invite", "revoke", newest["inviteId"])[0] == 0
    assert terminal("rooms", "show", "--link", link.strip())[0] == 1
    assert "revoked" in terminal("invite", "list")[1]


def test_history_and_back(folder: Path, hub: HubProcess, terminal: Terminal) -> None:
    entries = told(terminal, "history", "main.py")
    assert entries[-1]["sequence"] == 1
    assert told(terminal, "history")[0]["path"] == "main.py"
    assert "main.py  1  " in terminal("history")[1]
    code, out, talk = terminal("restore", "main.py", "1")
    assert (code, out) == (0, "")
    assert "main.py is as it was after change 1" in talk
    assert terminal("restore", "missing.py", "1") == (1, "", "pair-ls: There is no file missing.py in the room.\n")


def test_a_room_is_closed_and_opened_again(folder: Path, terminal: Terminal) -> None:
    assert terminal("rooms", "close")[:2] == (0, "")
    assert "closed since 20" in terminal("rooms", "show")[1]
    assert told(terminal, "rooms", "show")["code"] == "first\n"
    code, _, talk = terminal("restore", "main.py", "1")
    assert (code, "An owner has closed this room" in talk) == (1, True)
    assert terminal("rooms", "reopen")[:2] == (0, "")
    assert "0 connected" in terminal("rooms", "show")[1]
    assert terminal("restore", "main.py", "1")[0] == 0


def test_a_room_is_deleted_only_by_one_who_means_it(folder: Path, terminal: Terminal) -> None:
    assert terminal("rooms", "delete")[0] == 2
    assert terminal("rooms", "delete", "--yes")[:2] == (0, "")
    assert terminal("rooms", "show")[0] == 1


def test_somebody_is_made_a_viewer_and_put_out(folder: Path, terminal: Terminal) -> None:
    assert terminal("rooms", "participants")[0] == 0
    for command in (("rooms", "role", "p:stranger", "viewer"), ("rooms", "kick", "p:stranger")):
        code, _, talk = terminal(*command)
        assert code == 1
        assert "no such participant" in talk


def test_without_a_room_it_says_how_to_name_one(tmp_path: Path, terminal: Terminal) -> None:
    code, out, talk = terminal("rooms", "show", "--folder", str(tmp_path))
    assert (code, out) == (1, "")
    assert "--link" in talk

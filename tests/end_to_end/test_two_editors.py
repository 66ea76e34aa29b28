"""Two editors, their language servers and a hub as real processes."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from pair_ls.language_server.hub_connection import HubAddress
from pair_ls.language_server.joined_folder import JoinedFolder
from tests.end_to_end.pair import pair_ls, share_and_join
from tests.support.fake_editor import FakeEditor
from tests.support.hub_process import HubProcess
from tests.support.json_rpc import ResponseError, until
from tests.support.processes import PAIR_LS, clean_environment, free_port

TEXT = "é 😀 e\u0301\u2028\fone\ntwo\n"


async def shared(editor: FakeEditor, name: str) -> None:
    """Wait until the editor's language server has brought the document into the room, and all of it is safe there."""
    async with asyncio.timeout(20):
        while not await is_safe(editor, name):
            await asyncio.sleep(0.01)


async def is_safe(editor: FakeEditor, name: str) -> bool:
    status = await editor.command("pair.status")
    bound = [document["path"] for document in status["documents"] if document["sharing"] == "bound"]
    return name in bound and status["unacknowledged"] == 0


async def participant_id(editor: FakeEditor, name: str) -> str:
    found: list[str] = []
    async with asyncio.timeout(20):
        while not found:
            people = (await editor.command("pair.who"))["participants"]
            found = [person["participantId"] for person in people if person["name"] == name]
    return found[0]


async def role_is(editor: FakeEditor, role: str) -> None:
    async with asyncio.timeout(20):
        while (await editor.command("pair.status"))["role"] != role:
            await asyncio.sleep(0.01)


async def state_is(editor: FakeEditor, state: str) -> None:
    async with asyncio.timeout(20):
        while (await editor.command("pair.status"))["state"] != state:
            await asyncio.sleep(0.01)


async def test_one_shares_the_other_joins_and_both_type(tmp_path: Path, hub: HubProcess) -> None:
    folders = share_and_join(tmp_path, hub)
    async with FakeEditor(folders.ada) as ada, FakeEditor(folders.bob) as bob:
        ada.open("x.txt", TEXT)
        await shared(ada, "x.txt")
        bob.open("x.txt", "")
        await bob.until_text("x.txt", TEXT)
        ada.append("x.txt", "from Ada 😀\n")
        bob.replace("x.txt", 0, 0, "from Bob é\n")
        whole = "from Bob é\n" + TEXT + "from Ada 😀\n"
        await ada.until_text("x.txt", whole)
        await bob.until_text("x.txt", whole)
        who = (await bob.command("pair.who"))["summary"]
        assert who.startswith("Bob (you)")
        assert "Ada" in who
        assert ada.said() == bob.said() == []
        await shared(ada, "x.txt")
        await shared(bob, "x.txt")
    assert folders.newcomer.text("x.txt") == whole


async def test_the_room_is_there_when_all_have_left_and_the_hub_was_killed(tmp_path: Path, hub: HubProcess) -> None:
    folders = share_and_join(tmp_path, hub)
    async with FakeEditor(folders.ada) as ada:
        ada.open("x.txt", TEXT)
        await shared(ada, "x.txt")
        ada.append("x.txt", "acknowledged\n")
        await shared(ada, "x.txt")
    hub.kill9()
    hub.start()
    assert folders.newcomer.text("x.txt") == TEXT + "acknowledged\n"
    async with FakeEditor(folders.bob) as bob:
        bob.open("x.txt", "")
        await bob.until_text("x.txt", TEXT + "acknowledged\n")


async def test_typing_goes_on_while_the_hub_is_dead_and_is_merged_after_it(tmp_path: Path, hub: HubProcess) -> None:
    folders = share_and_join(tmp_path, hub)
    async with FakeEditor(folders.ada) as ada, FakeEditor(folders.bob) as bob:
        ada.open("x.txt", TEXT)
        await shared(ada, "x.txt")
        bob.open("x.txt", "")
        await bob.until_text("x.txt", TEXT)
        hub.kill9()
        for number in range(20):
            ada.append("x.txt", f"a{number} 😀\n")
            bob.replace("x.txt", 0, 0, f"b{number} é\n")
        hub.start()
        whole = "".join(f"b{number} é\n" for number in reversed(range(20))) + TEXT
        whole += "".join(f"a{number} 😀\n" for number in range(20))
        await ada.until_text("x.txt", whole, seconds=40)
        await bob.until_text("x.txt", whole, seconds=40)
        await shared(ada, "x.txt")
        await shared(bob, "x.txt")
    assert folders.newcomer.text("x.txt") == whole


async def test_a_room_that_does_not_exist_is_told_in_one_sentence(tmp_path: Path, hub: HubProcess) -> None:
    JoinedFolder(tmp_path / "ada", HubAddress(hub.url, "x" * 22, "secret", "Ada")).save()
    async with FakeEditor(tmp_path / "ada") as ada:
        ada.open("x.txt", TEXT)
        await until(lambda: bool(ada.said()), what="a message")
        ada.append("x.txt", "kept")
        status = await ada.command("pair.status")
        assert status["state"] == "refused"
        assert len(ada.said()) == 1
        assert "does not know this room" in ada.said()[0]
        assert ada.text("x.txt") == TEXT + "kept"


async def test_sharing_and_joining_from_inside_the_editors(tmp_path: Path, hub: HubProcess) -> None:
    arguments = ["--hub-url", hub.url]
    async with (
        FakeEditor(tmp_path / "ada", arguments=[*arguments, "--name", "Ada"]) as ada,
        FakeEditor(tmp_path / "bob", arguments=["--name", "Bob"]) as bob,
    ):
        ada.open("x.txt", TEXT)
        made = await ada.command("pair.share")
        assert f"pair-ls join {made['invite']}" in made["summary"]
        await shared(ada, "x.txt")
        bob.open("x.txt", "")
        assert (await bob.command("pair.join", {"link": made["invite"]}))["roomId"] == made["roomId"]
        await bob.until_text("x.txt", TEXT)
        bob.append("x.txt", "and Bob\n")
        await ada.until_text("x.txt", TEXT + "and Bob\n")


async def test_the_owner_invites_changes_roles_and_removes(tmp_path: Path, hub: HubProcess) -> None:
    folders = share_and_join(tmp_path, hub)
    async with FakeEditor(folders.ada) as ada, FakeEditor(folders.bob) as bob:
        ada.open("x.txt", TEXT)
        await shared(ada, "x.txt")
        bob.open("x.txt", "")
        await bob.until_text("x.txt", TEXT)
        made = await ada.command("pair.invite", {"role": "viewer", "expiresInSeconds": 3600})
        assert made["invite"].startswith(hub.url)
        await ada.command("pair.revokeInvite", made["inviteId"])
        participant = await participant_id(ada, "Bob")
        with pytest.raises(ResponseError, match="refuses"):
            await bob.command("pair.setRole", {"participantId": participant, "role": "owner"})
        await ada.command("pair.setRole", {"participantId": participant, "role": "viewer"})
        await role_is(bob, "viewer")
        bob.append("x.txt", "not allowed")
        await bob.until_text("x.txt", TEXT)
        await ada.command("pair.kick", {"participantId": participant})
        await state_is(bob, "refused")
        assert ada.text("x.txt") == TEXT


async def test_an_earlier_text_can_be_read_and_brought_back(tmp_path: Path, hub: HubProcess) -> None:
    folders = share_and_join(tmp_path, hub)
    async with FakeEditor(folders.ada) as ada:
        ada.open("x.txt", TEXT)
        await shared(ada, "x.txt")
        uri = ada.buffers["x.txt"].uri
        before = (await ada.command("pair.history", {"uri": uri}))["entries"][0]["sequence"]
        ada.replace("x.txt", 0, len(TEXT), "gone")
        await shared(ada, "x.txt")
        assert (await ada.command("pair.textAt", {"uri": uri, "sequence": before}))["text"] == TEXT
        await ada.command("pair.restore", {"uri": uri, "sequence": before})
        await ada.until_text("x.txt", TEXT)


def test_sharing_without_a_hub_says_what_to_do(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    command = [*PAIR_LS, "share", str(tmp_path), "--hub-url", url]
    environment = clean_environment({"PAIR_LS_CONFIG": str(tmp_path / "none.toml")})
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=30, check=False)
    assert done.returncode == 3
    assert f"The hub at {url} does not answer" in done.stderr
    assert not (tmp_path / ".pair-ls").exists()


def test_status_of_a_folder_asks_the_hub(tmp_path: Path, hub: HubProcess) -> None:
    folders = share_and_join(tmp_path, hub)
    known = json.loads(pair_ls(tmp_path, "status", str(folders.bob), "--json"))
    assert (known["state"], known["hubUrl"]) == ("connected", hub.url)
    assert "takes part in room" in known["summary"]


async def test_a_folder_that_the_user_does_not_trust_joins_no_room_by_itself(tmp_path: Path, hub: HubProcess) -> None:
    folders = share_and_join(tmp_path, hub)
    async with FakeEditor(folders.ada, options={"pair": {"trustsFolders": False}}) as ada:
        ada.open("x.txt", TEXT)
        assert (await ada.command("pair.status"))["state"] == "none"
        who = (await ada.command("pair.who"))["participants"]
        assert len(who) <= 1
    async with FakeEditor(folders.ada, options={"pair": {"trustsFolders": True}}) as ada:
        await state_is(ada, "connected")

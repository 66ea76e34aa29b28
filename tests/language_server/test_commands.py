"""What commands answer to whoever called them."""

import dataclasses
from pathlib import Path

import pytest

from pair_ls.language_server.joined_folder import JoinedFolder
from tests.language_server.inside import EditorInside, joined
from tests.language_server.room_server import RoomServer


@pytest.mark.parametrize("command", ["pair.share", "pair.shareWorkspace"])
@pytest.mark.parametrize("invite", ["http://hub.invalid/r/room#invite", None])
async def test_sharing_a_folder_that_has_a_room_answers_with_its_link_or_says_who_has_it(
    tmp_path: Path, hub: RoomServer, command: str, invite: str | None
) -> None:
    folder = JoinedFolder.load(joined(tmp_path / "ada", hub.url).resolve())
    assert folder is not None
    dataclasses.replace(folder, invite=invite).save()
    async with EditorInside(folder.path) as ada:
        answer = await ada.command(command)
        assert answer["invite"] == invite
        assert ("Its invite link is known to whoever made the room." in answer["summary"]) == (invite is None)
        assert answer["roomId"] == folder.address.room_id

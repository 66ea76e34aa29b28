"""Commands that only pass a wish on to the hub: invites and roles, for owners; the history of a document."""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from pair_ls.errors import PairError
from pair_ls.language_server import hub_api
from pair_ls.language_server.hub_connection import HubAddress
from pair_ls.language_server.workspace import Workspace

Arguments = Mapping[str, Any]  # JSON of workspace/executeCommand


class HasWorkspace(Protocol):
    """What these commands need of `Commands`."""

    @property
    def workspace(self) -> Workspace:
        """With the room."""
        ...


async def invite(commands: HasWorkspace, arguments: Arguments) -> dict[str, Any]:
    """A link for others."""
    body: dict[str, Any] = {"role": str(arguments["role"])}
    if arguments.get("expiresInSeconds"):
        body["expiresInSeconds"] = int(arguments["expiresInSeconds"])
    made = await _ask(commands, "POST", "invites", body)
    return {**made, "summary": f"Whoever has this link may enter as {body['role']}: {made['invite']}"}


async def revoke_invite(commands: HasWorkspace, arguments: Arguments) -> dict[str, Any]:
    """Nobody enters by this link any more."""
    await _ask(commands, "DELETE", f"invites/{_part(arguments['inviteId'])}")
    return {"summary": "This link opens the room no more."}


async def set_role(commands: HasWorkspace, arguments: Arguments) -> dict[str, Any]:
    """What somebody may do from now on."""
    role = str(arguments["role"])
    await _ask(commands, "PATCH", f"participants/{_part(arguments['participantId'])}", {"role": role})
    return {"summary": f"From now on: {role}."}


async def kick(commands: HasWorkspace, arguments: Arguments) -> dict[str, Any]:
    """Put somebody out of the room."""
    await _ask(commands, "DELETE", f"participants/{_part(arguments['participantId'])}")
    return {"summary": "Removed from the room."}


async def history(commands: HasWorkspace, arguments: Arguments) -> dict[str, Any]:
    """Who wrote when, newest first."""
    found = await _ask(commands, "GET", f"{_document(commands, arguments)}/history")
    return {**found, "summary": f"{len(found['entries'])} changes."}


async def text_at(commands: HasWorkspace, arguments: Arguments) -> dict[str, Any]:
    """The text as it was after one of them."""
    found = await _ask(commands, "GET", f"{_document(commands, arguments)}/history/{int(arguments['sequence'])}")
    return {**found, "summary": f"The text after change {found['sequence']}."}


async def restore(commands: HasWorkspace, arguments: Arguments) -> dict[str, Any]:
    """Bring that text back by a new edit, which all see."""
    sequence = int(arguments["sequence"])
    await _ask(commands, "POST", f"{_document(commands, arguments)}/restore", {"sequence": sequence})
    return {"summary": "Restored: it comes back as an edit that everybody sees."}


async def _ask(commands: HasWorkspace, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    return await asyncio.to_thread(hub_api.ask, _address(commands), method, path, body)


def _address(commands: HasWorkspace) -> HubAddress:
    folder = commands.workspace.folder
    if folder is None:
        raise PairError("You are in no room. Share a folder or join a room first.", code="no-room")
    return folder.address


def _document(commands: HasWorkspace, arguments: Arguments) -> str:
    return f"documents/{_part(commands.workspace.document_id(str(arguments['uri'])))}"


def _part(value: object) -> str:
    return quote(str(value), safe="")

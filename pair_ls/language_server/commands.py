"""The commands of workspace/executeCommand. Arguments: one object, or plain values; results have a human `summary`."""

import asyncio
import dataclasses
import functools
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from pair_ls.editor.join_policy import OnConflict
from pair_ls.errors import PairError
from pair_ls.language_server import joining, room_commands
from pair_ls.language_server.custom_methods import (
    FOLLOW,
    HISTORY,
    INVITE,
    JOIN,
    KICK,
    LEAVE,
    REDO,
    RESTORE,
    REVOKE_INVITE,
    SET_ROLE,
    SHARE,
    SHARE_WORKSPACE,
    SHOW_STATUS,
    TEXT_AT,
    UNDO,
    WHO,
)
from pair_ls.language_server.joined_folder import JoinedFolder
from pair_ls.language_server.workspace import Workspace
from pair_ls.settings import LanguageServerSettings

# Arguments and results are JSON of the LSP, hence Any.
Arguments = Mapping[str, Any]
Command = Callable[["Commands", Arguments], Awaitable[dict[str, Any]]]
COMMAND_FAILED = -32803
"""LSP's RequestFailed: well-formed, but it could not be done; `data.code` is ours."""


@dataclasses.dataclass(frozen=True, slots=True)
class Commands:
    """What the commands work on."""

    workspace: Workspace
    settings: LanguageServerSettings

    def directory(self, given: Any) -> Path:
        """The folder a command is about: the one that it names, else the one that the editor has open."""
        if given:
            return Path(str(given)).expanduser()
        if not self.workspace.client.folders:
            raise PairError(
                "Open a folder first, or say which one: no folder is open in this editor.", code="no-folder"
            )
        return self.workspace.client.folders[0]


async def share(commands: Commands, arguments: Arguments) -> dict[str, Any]:
    """Make a room for the folder, and enter it."""
    directory = commands.directory(arguments.get("directory"))
    joined = await asyncio.to_thread(joining.share, directory, commands.settings)
    await commands.workspace.enter_anew(joined.folder)
    return {**_links(joined.folder), "summary": joined.summary}


async def share_workspace(commands: Commands, arguments: Arguments) -> dict[str, Any]:
    """Share the whole folder: make a room for it if it has none, then all its files, now and later."""
    if commands.workspace.folder is None:
        await share(commands, arguments)
    folder = commands.workspace.share_all()
    summary = f"All files of {folder.path} are shared from now on."
    return {**_links(folder), "summary": summary if folder.invite else f"{summary} {joining.LINK_IS_ELSEWHERE}"}


async def join(commands: Commands, arguments: Arguments) -> dict[str, Any]:
    """Enter the room of a link with the folder."""
    settings = commands.settings
    if arguments.get("name"):
        settings = dataclasses.replace(settings, name=str(arguments["name"]))
        commands.workspace.call_me(settings.name)
    directory = commands.directory(arguments.get("directory"))
    on_conflict = on_conflict_of(str(arguments.get("onConflict") or OnConflict.ASK.value))
    joined = await asyncio.to_thread(joining.join, str(arguments["link"]), directory, settings, on_conflict=on_conflict)
    await commands.workspace.enter_anew(joined.folder)
    return {"roomId": joined.folder.address.room_id, "summary": joined.summary}


async def leave(commands: Commands, arguments: Arguments) -> dict[str, Any]:
    """Take no part any more; files stay as they are."""
    folder = await commands.workspace.leave()
    if folder is None:
        return {"summary": "You are in no room."}
    return {"summary": joining.has_left(folder)}


async def status(commands: Commands, arguments: Arguments) -> dict[str, Any]:
    """How things stand."""
    return {**commands.workspace.status().as_json(), "files": commands.workspace.files()}


async def who(commands: Commands, arguments: Arguments) -> dict[str, Any]:
    """Who is in the room, and where."""
    participants = commands.workspace.presence.participants_json()
    lines = [_where(participant) for participant in participants]
    return {"participants": participants, "summary": "; ".join(lines) or "You are in no room."}


async def follow(commands: Commands, arguments: Arguments) -> dict[str, Any]:
    """Keep somebody's place in view until the user types; without a name: stop."""
    name = arguments.get("name")
    if not name:
        commands.workspace.following.stop()
        return {"summary": "You follow nobody."}
    person = commands.workspace.following.follow(str(name))
    return {"participantId": person.participant_id, "summary": f"You follow {person.name} until you type."}


async def undo(commands: Commands, arguments: Arguments) -> dict[str, Any]:
    """Take back the user's own last change."""
    commands.workspace.undo(str(arguments["uri"]))
    return {"summary": "Your last change is taken back."}


async def redo(commands: Commands, arguments: Arguments) -> dict[str, Any]:
    """Do again what was taken back."""
    commands.workspace.redo(str(arguments["uri"]))
    return {"summary": "Your change is done again."}


COMMANDS: dict[str, tuple[Command, tuple[str, ...]]] = {
    SHARE: (share, ("directory",)),
    SHARE_WORKSPACE: (share_workspace, ("directory",)),
    JOIN: (join, ("link", "directory", "name", "onConflict")),
    LEAVE: (leave, ()),
    SHOW_STATUS: (status, ()),
    WHO: (who, ()),
    FOLLOW: (follow, ("name",)),
    UNDO: (undo, ("uri",)),
    REDO: (redo, ("uri",)),
    INVITE: (room_commands.invite, ("role", "expiresInSeconds")),
    REVOKE_INVITE: (room_commands.revoke_invite, ("inviteId",)),
    SET_ROLE: (room_commands.set_role, ("participantId", "role")),
    KICK: (room_commands.kick, ("participantId",)),
    HISTORY: (room_commands.history, ("uri",)),
    TEXT_AT: (room_commands.text_at, ("uri", "sequence")),
    RESTORE: (room_commands.restore, ("uri", "sequence")),
}
"""Name -> what it does, and the names of its plain arguments in their order."""


def register_commands(server: LanguageServer, commands: Callable[[], Commands]) -> None:
    """Tell pygls about all of them."""
    for name, (command, names) in COMMANDS.items():
        server.command(name)(_handler(functools.partial(run, command, names), commands))


def _handler(
    runner: Callable[[Commands, tuple[Any, ...]], Awaitable[dict[str, Any]]], commands: Callable[[], Commands]
) -> Callable[..., Awaitable[dict[str, Any]]]:
    # pygls passes the plain arguments; it cannot register bound methods or partials, hence the function.
    async def handler(ls: LanguageServer, *arguments: Any) -> dict[str, Any]:
        return await runner(commands(), arguments)

    return handler


async def run(command: Command, names: tuple[str, ...], commands: Commands, given: tuple[Any, ...]) -> dict[str, Any]:
    """One command, with its failures as the errors that LSP knows."""
    try:
        return await command(commands, named(names, given))
    except KeyError as error:
        raise JsonRpcInvalidParams(f"the argument {error} is missing") from error
    except PairError as error:
        raise JsonRpcException(error.message, COMMAND_FAILED, {"code": error.code}) from error


def named(names: tuple[str, ...], given: tuple[Any, ...]) -> Arguments:
    """The arguments by name, whichever way they were given."""
    if len(given) == 1 and isinstance(given[0], Mapping):
        return given[0]
    return dict(zip(names, given, strict=False))


def on_conflict_of(name: str) -> OnConflict:
    """What to do with files that differ. Raises PairError for a word that says nothing."""
    try:
        return OnConflict(name)
    except ValueError as error:
        raise PairError(f"onConflict is room, mine, merge or ask, not {name}.", code="bad-argument") from error


def _links(folder: JoinedFolder) -> dict[str, Any]:
    """How others come in; the link is known where the room was made only."""
    return {"roomId": folder.address.room_id, "invite": folder.invite, "page": folder.page}


def _where(participant: Mapping[str, Any]) -> str:
    name = f"{participant['name']} (you)" if participant["self"] else participant["name"]
    if participant["path"] is None:
        return name
    line = participant["line"]
    return f"{name} in {participant['path']}" + ("" if line is None else f" line {line + 1}")

"""`pair-ls share`, `join`, `leave` and `status`, and the commands of the same names: which room a folder takes part in.

They write `.pair-ls/`; the language server of an editor opened on the folder connects by itself. The commands of the
terminal bring the files in step once, too. All of it waits for the disk and the hub: call it from a thread where an
event loop runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pair_ls.editor.join_policy import OnConflict
from pair_ls.errors import HubUnreachable, NotAllowed, PairError
from pair_ls.language_server import hub_api, local_hub
from pair_ls.language_server.folder import one_shot
from pair_ls.language_server.folder.host import FolderOptions
from pair_ls.language_server.folder.one_shot import Outcome, Terminal
from pair_ls.language_server.folder.report import Report
from pair_ls.language_server.hub_connection import HubAddress
from pair_ls.language_server.joined_folder import JoinedFolder, new_participant
from pair_ls.room.invite import parse_link
from pair_ls.settings import DEFAULT_HUB_URL, LanguageServerSettings

LINK_IS_ELSEWHERE = "Its invite link is known to whoever made the room."


@dataclass(frozen=True, slots=True)
class Joined:
    """A folder that takes part in a room now. `summary` is for a person: what happened and what to do next."""

    folder: JoinedFolder
    summary: str


def share(directory: Path, settings: LanguageServerSettings, *, shares_all: bool = False) -> Joined:
    """Make a room for the folder, on the configured hub or on one of this machine (started if need be).

    A folder that has a room keeps it. `shares_all`: all its files, now and later. Raises HubUnreachable, NotAllowed
    or SettingsError; then nothing was changed.
    """
    directory = directory.resolve()
    known = JoinedFolder.load(directory)
    if known is not None:
        if shares_all and not known.shares_all:
            known = replace(known, shares_all=True)
            known.save()
        return Joined(known, _how_to_join(known, f"{directory} already takes part in a room."))
    hub_url = _hub_to_share_on(settings)
    room = hub_api.create_room(hub_url, name=directory.name)
    address = HubAddress(hub_url, room.room_id, new_participant(), settings.name, settings.color, room.token)
    folder = JoinedFolder(directory, address, room.invite, room.page, shares_all)
    folder.save()
    first = f"{directory} is shared" + (", all its files." if shares_all else ": open its files in your editor.")
    return Joined(folder, _how_to_join(folder, first))


def join(
    link: str, directory: Path, settings: LanguageServerSettings, *, on_conflict: OnConflict = OnConflict.ASK
) -> Joined:
    """Remember in the folder that it takes part in the room of an invite link. Needs no network.

    A folder that was empty is the room's alone: whatever file comes into being in it is shared.

    Raises InvalidInvite for something that is no link, NotAllowed if the folder takes part in another room.
    """
    directory = directory.resolve()
    target = parse_link(link)
    known = JoinedFolder.load(directory)
    if known is not None and known.address.room_id != target.room_id:
        raise NotAllowed(
            f"{directory} already takes part in another room. Leave that one first (command pair.leave in the editor,"
            f" or delete {directory / '.pair-ls'}), or join in another folder."
        )
    participant = new_participant() if known is None else known.address.participant
    address = HubAddress(target.hub_url, target.room_id, participant, settings.name, settings.color, target.token)
    directory.mkdir(parents=True, exist_ok=True)
    folder = JoinedFolder(directory, address, shares_all=not any(directory.iterdir())) if known is None else known
    folder = replace(folder, address=address, on_conflict=on_conflict)
    folder.save()
    return Joined(folder, f"{directory} has joined the room: open its files in your editor.")


def bring_in_step(
    folder: JoinedFolder, settings: LanguageServerSettings, terminal: Terminal, *, allowed: Sequence[str]
) -> Outcome:
    """Upload what is to be shared and fetch what is not here. Raises HubUnreachable, or what the hub said."""
    options = FolderOptions(
        shares_all=folder.shares_all,
        on_conflict=folder.on_conflict,
        allowed=tuple(allowed),
        max_bytes=settings.max_document_bytes,
        watches=False,
    )
    return one_shot.bring_in_step(folder, options, terminal)


def leave(directory: Path) -> str:
    """Take no part any more; the files stay as they are. What happened, in a sentence."""
    folder = JoinedFolder.containing(directory.resolve())
    if folder is None:
        return f"{directory} takes part in no room."
    folder.forget()
    return has_left(folder)


def has_left(folder: JoinedFolder) -> str:
    """For a person."""
    return f"{folder.path} has left its room; its files stay as they are."


def status(directory: Path, settings: LanguageServerSettings) -> dict[str, Any]:
    """Which room the folder takes part in and what its hub says about it; `summary` is for a person.

    What waits here is what the language server of an editor opened on the folder has written down a moment ago.
    """
    folder = JoinedFolder.containing(directory.resolve())
    if folder is None:
        return {"state": "none", "summary": f"{directory} takes part in no room."}
    known = {
        "folder": str(folder.path),
        "hubUrl": folder.address.hub_url,
        "roomId": folder.address.room_id,
        "name": settings.name,
        "invite": folder.invite,
        "page": folder.page,
    }
    report = Report.load(folder.path)
    local = _local_json(report)
    try:
        room = hub_api.room(folder.address.hub_url, folder.address.room_id, folder.address.token)
        people = hub_api.people(folder.address)
    except HubUnreachable as error:
        summary = f"{folder.path} takes part in a room. {error.message}"
        return {**known, **local, "state": "offline", "summary": "\n".join([summary, *_local_lines(report)])}
    except PairError as error:
        summary = f"{folder.path} takes part in a room. {error.message}"
        return {**known, **local, "state": "refused", "summary": "\n".join([summary, *_local_lines(report)])}
    lines = [_room_summary(folder, room), *_document_lines(room, people), *_local_lines(report)]
    return {**known, **local, "state": "connected", "room": room, "people": people, "summary": "\n".join(lines)}


def _local_json(report: Report | None) -> dict[str, Any]:
    if report is None:
        return {"unacknowledged": None, "waiting": []}
    waiting = [{"path": path, "reason": reason} for path, reason in sorted(report.waiting.items())]
    return {"unacknowledged": report.unacknowledged, "waiting": waiting}


def _local_lines(report: Report | None) -> list[str]:
    """What waits for the hub and what is not in step, as the process that keeps the folder in step said last."""
    if report is None:
        return []
    lines = [f"  not in step: {path}: {reason}" for path, reason in sorted(report.waiting.items())]
    if report.unacknowledged:
        lines.insert(0, f"  {report.unacknowledged} edits wait for the hub.")
    if not report.is_of_running_process:
        lines.append("  No editor has the folder open now: this is how it was when the last one closed.")
    return lines


def _document_lines(room: Mapping[str, Any], people: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each document, and who is in it."""
    names: dict[str | None, list[str]] = {}
    for person in people:
        names.setdefault(person.get("document"), []).append(str(person.get("name")))
    documents = room.get("documents")
    listed = documents if isinstance(documents, list) else []
    paths = {str(document["path"]): names.get(document["documentId"], []) for document in listed}
    return [f"  {path}{': ' if here else ''}{', '.join(here)}" for path, here in sorted(paths.items())]


def _hub_to_share_on(settings: LanguageServerSettings) -> str:
    hub_url = (settings.hub_url or DEFAULT_HUB_URL).rstrip("/")
    if settings.hub_url is None and not hub_api.is_answering(hub_url):
        local_hub.start_local_hub(hub_url)
    return hub_url


def _how_to_join(folder: JoinedFolder, first: str) -> str:
    if folder.invite is None:
        return f"{first} {LINK_IS_ELSEWHERE}"
    return "\n".join(
        [
            first,
            f"Invite link:          {folder.invite}",
            f"The other side runs:  pair-ls join {folder.invite}",
            *([] if folder.page is None else [f"Or opens in a browser: {folder.page}"]),
        ]
    )


def _room_summary(folder: JoinedFolder, room: dict[str, Any]) -> str:
    documents = room.get("documents")
    count = len(documents) if isinstance(documents, list) else documents
    return (
        f"{folder.path} takes part in room {folder.address.room_id} on {folder.address.hub_url}:"
        f" {room.get('participants', 0)} connected, {count or 0} documents."
    )

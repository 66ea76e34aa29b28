"""`pair-ls rooms | invite | history | restore`: requests of owners and readers to the hub of a room.

The room is that of the folder (`.pair-ls/`), or that of `--link`. Data goes to stdout, talk to stderr.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pair_ls.errors import PairError, SettingsError

if TYPE_CHECKING:
    from pair_ls.language_server.hub_connection import HubAddress

ROLES = ("viewer", "editor", "owner")
# How the door makes a command: where to add it, its name, what runs it, one sentence.
AddCommand = Callable[..., argparse.ArgumentParser]


def add_commands(commands: Any, command: AddCommand) -> None:
    """All of them. `commands` is argparse's collection, whose class has no public name."""
    rooms = command(commands, "rooms", list_rooms, "look at a room, and rule it if you are its owner")
    of_rooms = rooms.add_subparsers(title="commands", metavar="COMMAND", required=True)
    known = command(of_rooms, "list", list_rooms, "list the rooms that a folder and those in it take part in")
    known.add_argument("directory", type=Path, nargs="?", default=Path(), metavar="DIR", help="default: this folder")
    add_json(known)
    add_json(of_room(command(of_rooms, "show", show_room, "say what is in the room")))
    add_json(of_room(command(of_rooms, "participants", show_participants, "list everybody who was ever in the room")))
    role = of_room(command(of_rooms, "role", set_role, "change what somebody may do, at once"))
    add_participant(role)
    role.add_argument("role", choices=ROLES, help="what they may do from now on")
    add_participant(of_room(command(of_rooms, "kick", kick, "put somebody out; their link does not let them back")))
    of_room(command(of_rooms, "close", close_room, "put everybody out and let nobody in; what was written stays"))
    of_room(command(of_rooms, "reopen", reopen_room, "let in again after `pair-ls rooms close`"))
    deleted = of_room(command(of_rooms, "delete", delete_room, "delete the room for everybody, with its history"))
    deleted.add_argument("--yes", action="store_true", help="you mean it; there is no way back")

    invite = command(commands, "invite", create_invite, "make and take back links into a room")
    of_invite = invite.add_subparsers(title="commands", metavar="COMMAND", required=True)
    made = of_room(command(of_invite, "create", create_invite, "make a link for others; prints it"))
    made.add_argument("--role", choices=ROLES, default="editor", help="what they may do (default: editor)")
    made.add_argument("--days", type=days, metavar="N", help="how long it lets in (default: 30)")
    add_json(made)
    add_json(of_room(command(of_invite, "list", show_invites, "list the links that were made, without their secrets")))
    revoked = of_room(command(of_invite, "revoke", revoke_invite, "take a link back; who came by it is out"))
    revoked.add_argument("invite", metavar="INVITE", help="its id, as `pair-ls invite list` shows it")

    past = of_room(command(commands, "history", show_history, "say who changed a file of the room, and when"))
    past.add_argument("path", nargs="?", metavar="PATH", help="file; default: the last change of every file")
    past.add_argument("--limit", type=int, default=50, metavar="N", help="most changes (default: 50; at most 1000)")
    add_json(past)
    back = of_room(command(commands, "restore", restore, "bring back an earlier text of a file, as an edit all see"))
    back.add_argument("path", metavar="PATH", help="file")
    back.add_argument("sequence", type=int, metavar="N", help="number of the change, as `pair-ls history` shows it")


def of_room(added: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """With how to name the room."""
    added.add_argument("--folder", type=Path, default=Path(), metavar="DIR", help="whose room; default: this one's")
    added.add_argument("--link", metavar="LINK", help="link into another room, as `pair-ls join` takes it")
    return added


def add_json(added: argparse.ArgumentParser) -> None:
    """For listings."""
    added.add_argument("--json", action="store_true", help="for programs")


def add_participant(added: argparse.ArgumentParser) -> None:
    """Somebody in the room."""
    added.add_argument("participant", metavar="ID", help="their id, as `pair-ls rooms participants` shows it")


def days(text: str) -> int:
    """As seconds. Raises ValueError, which argparse tells in its own words."""
    seconds = round(float(text) * 86400)
    if seconds < 1:
        raise ValueError(text)
    return seconds


# ---- rooms ----


def list_rooms(chosen: argparse.Namespace) -> int:
    """Only what this machine's folders know: no hub tells which rooms there are."""
    from pair_ls.language_server.joined_folder import JoinedFolder

    here = chosen.directory.resolve()
    below = sorted(each for each in here.iterdir() if each.is_dir()) if here.is_dir() else []
    found = {each.path: each for each in map(JoinedFolder.load, below) if each is not None}
    own = JoinedFolder.containing(here)
    if own is not None:
        found = {own.path: own, **found}
    rooms = [
        {"folder": str(path), "hubUrl": each.address.hub_url, "roomId": each.address.room_id}
        for path, each in found.items()
    ]
    tell(chosen, rooms, [f"{each['folder']}  {each['hubUrl']}/r/{each['roomId']}" for each in rooms])
    return 0


def show_room(chosen: argparse.Namespace) -> int:
    """Name, role, documents."""
    room = ask(chosen, "GET")
    state = f"closed since {room['closedAt']}" if room["closedAt"] else f"{room['participants']} connected"
    lines = [f"{room['roomId']}  {room['name']}  you: {room['role']}, {state}"]
    tell(chosen, room, [*lines, *(f"  {document['path']}" for document in room["documents"])])
    return 0


def show_participants(chosen: argparse.Namespace) -> int:
    """Id, name, and how they stand. `role` is told where an owner has set one."""
    people = ask(chosen, "GET", "participants")
    tell(chosen, people, ["  ".join(filter(None, described(person))) for person in people])
    return 0


def described(person: dict[str, Any]) -> Sequence[str]:
    """One line's parts."""
    state = "removed" if person["removedAt"] else "here" if person["isConnected"] else ""
    return person["participantId"], person["name"], person["role"] or "", state


def set_role(chosen: argparse.Namespace) -> int:
    """From now on, also where they are connected."""
    ask(chosen, "PATCH", f"participants/{part(chosen.participant)}", {"role": chosen.role})
    say(f"From now on: {chosen.role}.")
    return 0


def kick(chosen: argparse.Namespace) -> int:
    """Out of the room."""
    ask(chosen, "DELETE", f"participants/{part(chosen.participant)}")
    say("Removed from the room.")
    return 0


def close_room(chosen: argparse.Namespace) -> int:
    """It can still be read."""
    ask(chosen, "PATCH", body={"closed": True})
    say("The room is closed: everybody is out, what was written stays. `pair-ls rooms reopen` opens it again.")
    return 0


def reopen_room(chosen: argparse.Namespace) -> int:
    """As it was."""
    ask(chosen, "PATCH", body={"closed": False})
    say("The room is open again.")
    return 0


def delete_room(chosen: argparse.Namespace) -> int:
    """Closed for everybody, and gone."""
    if not chosen.yes:
        raise SettingsError("This deletes the room for everybody, with its history. Say --yes if you mean it.")
    ask(chosen, "DELETE")
    say("The room is deleted. Files in folders stay as they are.")
    return 0


# ---- invites ----


def create_invite(chosen: argparse.Namespace) -> int:
    """The link is the data."""
    lasting = {} if chosen.days is None else {"expiresInSeconds": chosen.days}
    made = ask(chosen, "POST", "invites", {"role": chosen.role, **lasting})
    tell(chosen, made, [made["invite"]])
    say(f"Whoever has this link may enter as {made['role']} until {made['expiresAt']}; its id is {made['inviteId']}.")
    return 0


def show_invites(chosen: argparse.Namespace) -> int:
    """Id, role, and whether it still lets in."""
    invites = ask(chosen, "GET", "invites")
    state = {(False, False): "", (False, True): "  no newcomers"}
    lines = [
        f"{each['inviteId']}  {each['role']}  until {each['expiresAt'] or 'revoked'}"
        f"{state.get((bool(each['revokedAt']), bool(each['closedAt'])), '  revoked')}"
        for each in invites
    ]
    tell(chosen, invites, lines)
    return 0


def revoke_invite(chosen: argparse.Namespace) -> int:
    """Nobody enters by it any more."""
    ask(chosen, "DELETE", f"invites/{part(chosen.invite)}")
    say("This link opens the room no more.")
    return 0


# ---- history ----


def show_history(chosen: argparse.Namespace) -> int:
    """Newest first."""
    documents = ask(chosen, "GET", "documents")
    limit = chosen.limit
    if chosen.path is None:
        limit = 1
    else:
        documents = [document_at(chosen, documents)]
    changes = [
        {"path": document["path"], **entry}
        for document in documents
        for entry in ask(chosen, "GET", f"documents/{part(document['documentId'])}/history?limit={limit}")["entries"]
    ]
    lines = [f"{each['path']}  {each['sequence']}  {moment(each['at'])}  {each['name']}" for each in changes]
    tell(chosen, changes, lines)
    return 0


def restore(chosen: argparse.Namespace) -> int:
    """By an ordinary edit."""
    document = document_at(chosen, ask(chosen, "GET", "documents"))
    ask(chosen, "POST", f"documents/{part(document['documentId'])}/restore", {"sequence": chosen.sequence})
    say(f"{document['path']} is as it was after change {chosen.sequence}; everybody sees it as an edit.")
    return 0


def document_at(chosen: argparse.Namespace, documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The document of a file that was named as a shell would, or by its path in the room."""
    from pair_ls.language_server.joined_folder import JoinedFolder

    folder = None if chosen.link else JoinedFolder.containing(chosen.folder.resolve())
    named, path = Path(chosen.path).resolve(), str(chosen.path)
    inside = named.relative_to(folder.path).as_posix() if folder and named.is_relative_to(folder.path) else path
    for wanted in (inside, path):
        for document in documents:
            if document["path"] == wanted:
                return document
    raise PairError(f"There is no file {path} in the room.", code="unknown-document")


def moment(at: float) -> str:
    """Seconds since 1970 in local time, for a person."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


# ---- all ----


def address(chosen: argparse.Namespace) -> "HubAddress":
    """Which room, and as whom. Raises PairError if neither folder nor link says so."""
    from pair_ls.language_server.hub_connection import HubAddress
    from pair_ls.language_server.joined_folder import JoinedFolder, new_participant
    from pair_ls.room.invite import parse_link

    if chosen.link is not None:
        link = parse_link(chosen.link)
        return HubAddress(link.hub_url, link.room_id, new_participant(), "", token=link.token)
    folder = JoinedFolder.containing(chosen.folder.resolve())
    if folder is None:
        sentence = f"{chosen.folder.resolve()} takes part in no room. Name one with --folder or --link."
        raise PairError(sentence, code="no-room")
    return folder.address


def ask(chosen: argparse.Namespace, method: str, path: str = "", body: dict[str, Any] | None = None) -> Any:
    """One request; its JSON. Raises what the hub refuses with, in its words."""
    from pair_ls.language_server import hub_api

    return hub_api.ask(address(chosen), method, path, body)


def part(value: str) -> str:
    """A piece of a path."""
    return quote(value, safe="")


def tell(chosen: argparse.Namespace, data: object, lines: Sequence[str]) -> None:
    """Data, for a program or a person."""
    if chosen.json:
        print(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        print(*lines, sep="\n", end="\n" if lines else "")


def say(sentence: str) -> None:
    """Talk."""
    print(sentence, file=sys.stderr)

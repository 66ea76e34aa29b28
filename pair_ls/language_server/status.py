"""How things stand, for a person (`summary`) and for the extension (the rest)."""

import enum
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pair_ls.completion.feedback import Counts
from pair_ls.completion.status import CompletionStatus
from pair_ls.language_server.documents import OpenDocument


class HubState(enum.Enum):
    """Where the language server stands with its hub; the values are those of pair/status."""

    NONE = "none"  # in no room
    CONNECTING = "connecting"  # not connected yet
    CONNECTED = "connected"
    OFFLINE = "offline"  # was connected, will be again
    REFUSED = "refused"  # the hub said no


@dataclass(frozen=True, slots=True)
class Status:
    """One moment. `since` is when this state began, in seconds since 1970."""

    state: HubState
    since: float | None = None
    room_id: str | None = None
    room_name: str = ""
    hub_url: str | None = None
    role: str | None = None
    unacknowledged: int = 0
    repaired_drifts: int = 0
    participants: Sequence[str] = ()
    documents: Sequence[Mapping[str, Any]] = ()
    invite: str | None = None
    page: str | None = None
    problem: str | None = None
    completion: CompletionStatus | None = None
    completion_counts: Counts = field(default_factory=Counts)
    file_count: int = 0
    waiting: Mapping[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """One line for a person."""
        return "; ".join([self._connection(), *self._details()]) + "."

    def as_json(self) -> dict[str, Any]:
        """The parameters of pair/status."""
        return {
            "summary": self.summary,
            "state": self.state.value,
            "since": self.since,
            "roomId": self.room_id,
            "roomName": self.room_name,
            "hubUrl": self.hub_url,
            "role": self.role,
            "unacknowledged": self.unacknowledged,
            "repairedDrifts": self.repaired_drifts,
            "participants": len(self.participants),
            "participantNames": list(self.participants),
            "documents": list(self.documents),
            "fileCount": self.file_count,
            "waiting": [{"path": path, "reason": reason} for path, reason in sorted(self.waiting.items())],
            "invite": self.invite,
            "page": self.page,
            "completion": _completion_json(self.completion, self.completion_counts),
        }

    def _connection(self) -> str:
        match self.state:
            case HubState.NONE:
                return "in no room"
            case HubState.CONNECTING:
                return f"connecting to {self.hub_url}"
            case HubState.CONNECTED:
                return f"connected to room {self.room_name} as {self.role or 'participant'}"
            case HubState.OFFLINE:
                since = time.strftime("%H:%M:%S", time.localtime(self.since))
                return f"offline since {since}, work goes on and is merged when {self.hub_url} is back"
            case HubState.REFUSED:
                return (self.problem or "the hub refused").rstrip(".")

    def _details(self) -> list[str]:
        if self.state is HubState.NONE:
            return []
        shared = sum(1 for document in self.documents if document["sharing"] == "bound")
        details = [_counted(shared, "shared document"), _counted(len(self.participants), "participant")]
        if self.file_count:
            details.append(f"{_counted(self.file_count, 'file')} in the room")
        if self.waiting:
            first = "; ".join(f"{path}: {reason.rstrip('.')}" for path, reason in sorted(self.waiting.items())[:3])
            details.append(f"{_counted(len(self.waiting), 'path')} not in step ({first})")
        if self.unacknowledged:
            details.append(f"{_counted(self.unacknowledged, 'edit')} not yet safe at the hub")
        if self.repaired_drifts:
            details.append(f"{_counted(self.repaired_drifts, 'repaired drift')}")
        refused = [document for document in self.documents if document["refusal"]]
        return details + [f"{document['path']} is not shared" for document in refused]


def _completion_json(completion: CompletionStatus | None, counts: Counts) -> dict[str, Any] | None:
    if completion is None:
        return None
    return {
        "summary": completion.summary,
        "kind": completion.health.value,
        "limits": {
            "minute": completion.spent.minute,
            "perMinute": completion.spent.per_minute,
            "day": completion.spent.day,
            "perDay": completion.spent.per_day,
        },
        "counts": {
            "shown": counts.shown,
            "accepted": counts.accepted,
            "partlyAccepted": counts.partly_accepted,
            "acceptedCharacters": counts.accepted_characters,
        },
    }


def document_json(document: OpenDocument) -> dict[str, Any]:
    """One open document in a status."""
    return {
        "path": document.path,
        "uri": document.uri,
        "documentId": document.document_id,
        "sharing": document.sharing.value,
        "refusal": document.refusal,
    }


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"

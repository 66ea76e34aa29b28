"""Every LSP method and command of our own, in one list. The extension and the plugins keep the same list on their side.

The notifications go only to a client that asked for them in `initializationOptions`:
`{"pair": {"cursors": true, "applyEdit": true, "status": true}}`; each says "I draw or answer this myself". Positions in
them are LSP positions in the negotiated encoding. `{"pair": {"trustsFolders": false}}` keeps a folder's `.pair-ls` from
joining its room by itself.
"""

from typing import Final

STATUS: Final = "pair/status"
"""server -> client: {summary, state, since, roomId, roomName, role, unacknowledged, repairedDrifts, participants,
invite, page, completion}."""
PARTICIPANTS: Final = "pair/participants"
"""server -> client: {participants: [{participantId, name, role, color, self, uri, path, line}]}."""
CURSORS: Final = "pair/cursors"
"""server -> client: {uri, cursors: [{participantId, name, color, anchor, head}]}: all remote carets of a document."""
APPLY_EDIT: Final = "pair/applyEdit"
"""server -> client request: {uri, version, edits} -> {applied}; answered truthfully. The change is reported by an
ordinary didChange before the answer."""
CURSOR: Final = "pair/cursor"
"""client -> server: {uri, anchor, head}: where the user's caret is."""

SHARE: Final = "pair.share"
JOIN: Final = "pair.join"
LEAVE: Final = "pair.leave"
SHARE_WORKSPACE: Final = "pair.shareWorkspace"
SHOW_STATUS: Final = "pair.status"
WHO: Final = "pair.who"
FOLLOW: Final = "pair.follow"
UNDO: Final = "pair.undo"
REDO: Final = "pair.redo"
INVITE: Final = "pair.invite"
REVOKE_INVITE: Final = "pair.revokeInvite"
SET_ROLE: Final = "pair.setRole"
KICK: Final = "pair.kick"
HISTORY: Final = "pair.history"
TEXT_AT: Final = "pair.textAt"
RESTORE: Final = "pair.restore"
EXPLAIN_CONTEXT: Final = "pair.explainContext"
COMPLETION_ACCEPTED: Final = "pair.completionAccepted"

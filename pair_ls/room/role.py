"""What a participant may do in a room. Enforced by the hub's room on every message; everybody else only shows it."""

import enum


class Role(enum.Enum):
    """The values are the words of the wire, of invites and of REST."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"

    @property
    def may_edit(self) -> bool:
        """Change text, and create, rename and delete documents."""
        return self is not Role.VIEWER

    @property
    def may_manage(self) -> bool:
        """Invite, change roles, remove participants, close the room."""
        return self is Role.OWNER

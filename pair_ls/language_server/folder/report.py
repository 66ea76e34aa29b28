"""`.pair-ls/status.json`: what the process that keeps a folder in step said last, for `pair-ls status`."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pair_ls.language_server.joined_folder import FOLDER_NAME, write_atomically


@dataclass(frozen=True, slots=True)
class Report:
    """`waiting`: path -> why it is not in step; `unacknowledged`: edits that wait for the hub."""

    process_id: int
    unacknowledged: int
    waiting: dict[str, str]

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """What was said last; None if nothing was."""
        try:
            known = json.loads((folder / FOLDER_NAME / "status.json").read_bytes())
            waiting = {str(path): str(reason) for path, reason in known["waiting"].items()}
            return cls(int(known["processId"]), int(known["unacknowledged"]), waiting)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def save(self, folder: Path) -> None:
        """Say it."""
        known = {"processId": self.process_id, "unacknowledged": self.unacknowledged, "waiting": self.waiting}
        write_atomically(folder / FOLDER_NAME / "status.json", json.dumps(known, ensure_ascii=False).encode())

    @property
    def is_of_running_process(self) -> bool:
        """Whether who said it is still there, so that it is true now."""
        if os.name != "posix":
            return True
        try:
            os.kill(self.process_id, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

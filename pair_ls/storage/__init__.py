"""Where rooms outlive the hub: SQLite, PostgreSQL or memory behind one small interface. The only home of SQLAlchemy."""

from pair_ls.storage.memory import MemoryStore
from pair_ls.storage.opening import MEMORY_URL, Store, memory_store, open_store
from pair_ls.storage.spooling import FATAL_CODES
from pair_ls.storage.store import (
    Checkpoint,
    HistoryEntry,
    HistoryStore,
    InviteRecord,
    ParticipantRecord,
    RoomRecord,
    RoomStore,
    StoredDocument,
    StoredUpdate,
    UpdateStore,
)

__all__ = [
    "FATAL_CODES",
    "MEMORY_URL",
    "Checkpoint",
    "HistoryEntry",
    "HistoryStore",
    "InviteRecord",
    "MemoryStore",
    "ParticipantRecord",
    "RoomRecord",
    "RoomStore",
    "Store",
    "StoredDocument",
    "StoredUpdate",
    "UpdateStore",
    "memory_store",
    "open_store",
]

"""What rooms a database has, for whoever runs the hub: read beside a running one, or without any. Waits."""

from dataclasses import dataclass

from sqlalchemy import func, select

from pair_ls.storage.backup import existing, snapshot
from pair_ls.storage.log_statements import last_write
from pair_ls.storage.tables import documents, rooms


@dataclass(frozen=True, slots=True)
class ListedRoom:
    """Times are seconds since 1970. `documents` counts all that were ever written, the list of documents among them."""

    room_id: str
    name: str
    created_at: float
    updated_at: float
    closed_at: float | None
    documents: int


def list_rooms(url: str) -> list[ListedRoom]:
    """All, the one that was written last first. Raises SettingsError or StoreUnavailable."""
    database = existing(url)
    try:
        with snapshot(database) as connection:
            counted = connection.execute(select(documents.c.room_id, func.count()).group_by(documents.c.room_id))
            counts: dict[str, int] = dict(counted.tuples().all())
            found = [
                ListedRoom(
                    row.room_id,
                    row.name,
                    row.created_at,
                    max(row.updated_at, last_write(connection, row.room_id) or 0.0),
                    row.closed_at,
                    counts.get(row.room_id, 0),
                )
                for row in connection.execute(select(rooms)).all()
            ]
    finally:
        database.engine.dispose()
    return sorted(found, key=lambda room: room.updated_at, reverse=True)

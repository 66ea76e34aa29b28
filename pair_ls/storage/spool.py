"""When PostgreSQL is away: updates go, just as durably, into a SQLite file here, and from there into PostgreSQL later.

So an acknowledgement never waits for a database that does not answer, and what was acknowledged is never lost with it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
)

from pair_ls.storage.database import Database
from pair_ls.storage.store import StoredUpdate

_metadata = MetaData()
_spooled = Table(
    "spooled",
    _metadata,
    Column("place", Integer, primary_key=True, autoincrement=True),
    Column("room_id", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("update", LargeBinary, nullable=False),
)
_set_aside = _spooled.to_metadata(_metadata, name="set_aside")
_FIELDS = ("room_id", "document_id", "sequence", "author", "at", "update")


class Spool:
    """A queue in a file. `is_empty` is known without asking the file."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._count = 0

    @property
    def count(self) -> int:
        """How many updates wait here."""
        return self._count

    async def open(self) -> None:
        """Make the file, or find what an earlier hub left in it."""
        self._count = await self._database.write(_open)

    async def append(self, updates: Sequence[StoredUpdate]) -> None:
        """Durable when it returns."""
        rows = [{name: getattr(each, name) for name in _FIELDS} for each in updates]
        await self._database.write(lambda connection: connection.execute(insert(_spooled), rows))
        self._count += len(rows)

    async def oldest(self, limit: int) -> tuple[tuple[int, StoredUpdate], ...]:
        """The first updates in the order in which they came, with their places."""
        return await self._database.read(lambda connection: _rows(connection, select(_spooled).limit(limit)))

    async def set_aside(self, rows: Sequence[tuple[int, StoredUpdate]]) -> None:
        """Keep what nobody asks for any more in a table of its own, for whoever looks after the hub."""
        kept = [{"place": place} | {name: getattr(each, name) for name in _FIELDS} for place, each in rows]
        statement = insert(_set_aside).prefix_with("OR IGNORE")  # set aside already, but not removed from the queue
        await self._database.write(lambda connection: connection.execute(statement, kept))

    async def remove_through(self, place: int) -> None:
        """Forget what has arrived elsewhere."""
        gone = delete(_spooled).where(_spooled.c.place <= place)
        removed: int = await self._database.write(lambda connection: connection.execute(gone).rowcount)
        self._count -= removed  # not in one step with the await: an append may have counted meanwhile

    async def close(self) -> None:
        """Let go of the file."""
        await self._database.close()


def _open(connection: Connection) -> int:
    _metadata.create_all(connection)
    count: int = connection.execute(select(func.count()).select_from(_spooled)).scalar_one()
    return count


# `chosen` is a Select of the whole row, whose type SQLAlchemy spells out per column: Any.
def _rows(connection: Connection, chosen: Any) -> tuple[tuple[int, StoredUpdate], ...]:
    rows = connection.execute(chosen.order_by(_spooled.c.place))
    return tuple((row[0], StoredUpdate(*row[1:])) for row in rows)

"""The tables, for both databases. Change them only together with a migration in migrations/versions."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

# SQLite gives out row ids only for a column of the type INTEGER.
_Key = BigInteger().with_variant(Integer, "sqlite")

rooms = Table(
    "rooms",
    metadata,
    Column("room_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("closed_at", Float),
    Column("invite_only_at", Float),
)

documents = Table(
    "documents",
    metadata,
    Column("document_key", _Key, primary_key=True, autoincrement=True),
    Column("room_id", Text, ForeignKey("rooms.room_id"), nullable=False),
    Column("document_id", Text, nullable=False),
    UniqueConstraint("room_id", "document_id"),
)

# The log. A row table with a narrow unique index, not one clustered by document: a commit of many rooms then writes
# few pages at the end instead of one page for each document.
updates = Table(
    "updates",
    metadata,
    Column("document_key", _Key, ForeignKey("documents.document_key"), primary_key=True, autoincrement=False),
    Column("sequence", _Key, primary_key=True, autoincrement=False),
    Column("author", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# At most two of each document: `latest` to load from, `base` where the kept history begins.
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("document_key", _Key, ForeignKey("documents.document_key"), primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("sequence", _Key, nullable=False),
    Column("at", Float, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("owners", Text, nullable=False),
)

invites = Table(
    "invites",
    metadata,
    Column("invite_id", Text, primary_key=True),
    Column("room_id", Text, ForeignKey("rooms.room_id"), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("issued_at", Float, nullable=False),
    Column("expires_at", Float),
    Column("revoked_at", Float),
    Column("closed_at", Float),
)

participants = Table(
    "participants",
    metadata,
    Column("room_id", Text, ForeignKey("rooms.room_id"), primary_key=True),
    Column("participant_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("joined_at", Float, nullable=False),
    Column("invite_id", Text),
    Column("role", Text),
    Column("removed_at", Float),
)

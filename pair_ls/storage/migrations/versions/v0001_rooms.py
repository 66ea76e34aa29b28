"""Rooms, documents, the log of updates, checkpoints, invites, participants."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "rooms",
        sa.Column("room_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
    )
    op.create_table(
        "documents",
        sa.Column("document_key", _KEY, primary_key=True, autoincrement=True),
        sa.Column("room_id", sa.Text, sa.ForeignKey("rooms.room_id"), nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.UniqueConstraint("room_id", "document_id"),
    )
    op.create_table(
        "updates",
        sa.Column("document_key", _KEY, sa.ForeignKey("documents.document_key"), primary_key=True, autoincrement=False),
        sa.Column("sequence", _KEY, primary_key=True, autoincrement=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "checkpoints",
        sa.Column("document_key", _KEY, sa.ForeignKey("documents.document_key"), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("sequence", _KEY, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.Column("owners", sa.Text, nullable=False),
    )
    op.create_table(
        "invites",
        sa.Column("invite_id", sa.Text, primary_key=True),
        sa.Column("room_id", sa.Text, sa.ForeignKey("rooms.room_id"), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("issued_by", sa.Text, nullable=False),
        sa.Column("issued_at", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float),
        sa.Column("revoked_at", sa.Float),
        sa.Column("closed_at", sa.Float),
    )
    op.create_index("ix_invites_room_id", "invites", ["room_id"])
    op.create_table(
        "participants",
        sa.Column("room_id", sa.Text, sa.ForeignKey("rooms.room_id"), primary_key=True),
        sa.Column("participant_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("joined_at", sa.Float, nullable=False),
        sa.Column("invite_id", sa.Text),
        sa.Column("role", sa.Text),
        sa.Column("removed_at", sa.Float),
    )


def downgrade() -> None:
    for table in ("participants", "invites", "checkpoints", "updates", "documents", "rooms"):
        op.drop_table(table)

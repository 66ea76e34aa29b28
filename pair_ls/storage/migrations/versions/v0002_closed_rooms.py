"""Rooms that an owner has closed, and rooms that newcomers enter by invite only."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_COLUMNS = ("closed_at", "invite_only_at")


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("rooms", sa.Column(name, sa.Float))


def downgrade() -> None:
    for name in _COLUMNS:
        op.drop_column("rooms", name)

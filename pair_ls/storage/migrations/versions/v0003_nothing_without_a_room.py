"""SQLite took documents of rooms that were deleted meanwhile, which foreign keys forbid: nobody can see them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_LOST = "select document_key from documents where room_id not in (select room_id from rooms)"


def upgrade() -> None:
    for table in ("updates", "checkpoints", "documents"):
        op.execute(sa.text(f"delete from {table} where document_key in ({_LOST})"))
    for table in ("invites", "participants"):
        op.execute(sa.text(f"delete from {table} where room_id not in (select room_id from rooms)"))


def downgrade() -> None:
    """They are gone."""

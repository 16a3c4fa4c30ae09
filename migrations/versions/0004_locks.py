"""Locked results with their maps, and raw outputs that are marked as such."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"

SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    text = (SQL / "0004_locks.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(text.replace("%", "%%"))  # the driver reads a lone % as a placeholder


def downgrade() -> None:
    raise RuntimeError("History only grows: restore a backup to go back before locks.")

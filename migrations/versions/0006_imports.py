"""Imports of many pictures by workers, and what finds pictures that look alike."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"

SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    text = (SQL / "0006_imports.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(text.replace("%", "%%"))  # the driver reads a lone % as a placeholder


def downgrade() -> None:
    raise RuntimeError("History only grows: restore a backup to go back before imports.")

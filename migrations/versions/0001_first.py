"""The first schema: assets, versions, templates, guidelines, edits, decisions and the ledger."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    for name in ("0001_functions.sql", "0001_tables.sql", "0001_rules.sql"):
        text = (SQL / name).read_text(encoding="utf-8")
        op.get_bind().exec_driver_sql(text.replace("%", "%%"))  # the driver reads a lone % as a placeholder


def downgrade() -> None:
    raise RuntimeError("History only grows: restore a backup to go back before the first schema.")

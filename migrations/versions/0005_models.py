"""Image models: calls, money, shared limits, pictures that are still being drawn."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"

SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    for name in ("0005_models.sql", "0005_limits.sql"):
        text = (SQL / name).read_text(encoding="utf-8")
        op.get_bind().exec_driver_sql(text.replace("%", "%%"))  # the driver reads a lone % as a placeholder


def downgrade() -> None:
    raise RuntimeError("History only grows: restore a backup to go back before image models.")

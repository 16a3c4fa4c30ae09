"""Runs the migrations one process at a time: a session lock, then each revision in its own transaction."""

from alembic import context
from sqlalchemy import create_engine, pool

LOCK = 7_205_759_403  # any number, as long as every Loupe process takes the same

engine = create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=pool.NullPool)
with engine.connect() as connection:
    connection.exec_driver_sql(f"select pg_advisory_lock({LOCK})")
    connection.commit()
    try:
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.exec_driver_sql(f"select pg_advisory_unlock({LOCK})")
        connection.commit()

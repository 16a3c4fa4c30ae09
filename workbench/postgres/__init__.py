"""The embedded PostgreSQL: `start(home)` gives an address to connect to, so that nobody installs a database."""

from workbench.postgres.backups import dump, restore
from workbench.postgres.places import binaries, run_as
from workbench.postgres.server import Status, start, status, stop

__all__ = ["Status", "binaries", "dump", "restore", "run_as", "start", "status", "stop"]

"""How long the embedded database takes to come back after kill -9 with much left to replay, and that nothing is lost.

    python -m bench.recovery [--gigabytes 1.8] [--folder /tmp]

Needs about three times that much free space; removes everything afterwards.
"""

import argparse
import os
import platform
import shutil
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2

from workbench import postgres

#: no checkpoint may put anything in place before the kill
UNCHECKED = {"max_wal_size": "64GB", "checkpoint_timeout": "1d"}
ROWS = 100_000


def write(url: str, size: float) -> tuple[int, float]:
    """Commit rows until `size` bytes of write-ahead log lie behind the last checkpoint; rows and bytes."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("create table kept (number bigint, body text)")
        cursor.execute("checkpoint")
        cursor.execute("select pg_current_wal_lsn()")
        [first] = cursor.fetchone()
        rows, written = 0, 0.0
        while written < size:
            insert = "insert into kept select number, repeat(md5(number::text), 16) from generate_series(%s, %s) number"
            cursor.execute(insert, (rows + 1, rows + ROWS))
            rows += ROWS
            cursor.execute("select pg_current_wal_lsn() - %s::pg_lsn", (first,))
            written = float(cursor.fetchone()[0])
        return rows, written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=1.8, help="write-ahead log to replay (1,000,000,000 bytes)")
    parser.add_argument("--folder", type=Path, default=Path("/tmp"), help="where the database may be made")
    wanted = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="loupe-recovery-", dir=wanted.folder))
    home.chmod(0o755)  # root starts it as another account
    try:
        url = postgres.start(home, options=UNCHECKED)
        plain = url.replace("+psycopg2", "")
        rows, written = write(plain, wanted.gigabytes * 1e9)
        psutil.Process(int((postgres.status(home).data / "postmaster.pid").read_text().split()[0])).kill()
        began = time.monotonic()
        if postgres.start(home) != url:
            raise SystemExit("The database came back under another address.")
        took = time.monotonic() - began
        with closing(psycopg2.connect(plain)) as connection, connection.cursor() as cursor:
            cursor.execute(
                "select count(*), count(distinct number) from kept where body = repeat(md5(number::text), 16)"
            )
            found = cursor.fetchone()
        if found != (rows, rows):
            raise SystemExit(f"Rows were lost: {found} of {rows:,}.")
        print(f"{written / 1e9:.2f} GB of log replayed in {took:.1f} s, all {rows:,} rows there")
        print(f"on {platform.platform()}, {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    finally:
        postgres.stop(home)
        shutil.rmtree(home)


if __name__ == "__main__":
    main()

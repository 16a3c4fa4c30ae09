"""How much of a provider's limit four worker processes use together, and how often they run into it.

    python -m bench.limits [--window 3] [--rounds 5] [--most 5 60]

A round is the provider's window and the margin of 0.3 s; “used” compares the rounds as they were with rounds in which
every place is taken the moment it is free. Exit 1 when a limit of 60 is used for less than 98 % or more than 2 % of the
requests are refused, and when a limit of 5 is used for less than 95 % or anything is refused.
"""

import argparse
import os
import platform
import sys
import tempfile

from tests.clusters import open_place
from tests.quotas import Run, run
from workbench import db, postgres
from workbench.engines.limits import MARGIN


def told(most: int, seen: Run) -> str:
    real = 60 / (60 + MARGIN + max(0.0, seen.late))
    return (
        f"{most:4} in {seen.window:g} s, {seen.windows} rounds: used {seen.used:.1%} of what is allowed, "
        f"{len(seen.refused)} of {len(seen.through) + len(seen.refused)} refused ({seen.refusals:.1%}); "
        f"a place is taken {1000 * seen.late:.0f} ms late, which in a window of 60 s leaves {real:.1%} of the provider's own; "
        f"{seen.asked / len(seen.through):.1f} asks a picture by {seen.waiters} callers, "
        f"the slowest {1000 * max(each['slowest'] for each in seen.seen):.0f} ms"
    )


def good(most: int, seen: Run) -> bool:
    return seen.used >= 0.95 and not seen.refused if most < 60 else seen.used >= 0.98 and seen.refusals <= 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--window", type=float, default=3.0, help="seconds of the provider's window")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--most", type=int, nargs="+", default=[5, 60], help="pictures in a window")
    wanted = parser.parse_args()
    missed = False
    with open_place() as home:
        os.environ["DATABASE_URL"] = postgres.start(home).replace("+psycopg2", "")
        os.environ["LOUPE_HOME"] = tempfile.mkdtemp(dir=home)
        db.migrate()
        for most in wanted.most:
            seen = run(most, wanted.window, wanted.rounds, margin=MARGIN, threads=4 if most < 60 else 8)
            print(told(most, seen), flush=True)
            missed = missed or not good(most, seen)
        db.forget()
    print(f"on {platform.platform()}, {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    sys.exit(missed)


if __name__ == "__main__":
    main()

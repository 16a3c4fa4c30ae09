"""What keeping bytes safe costs: puts into a folder and a bucket, and how fast a scrub reads, as ratios and aims.

    python -m bench.store [--rounds 15]

The bucket is a real S3-compatible server on this machine, asked by both sides over the same loopback. Naive put: what
boto3 does by itself, without a condition; it computes a checksum too.
"""

import argparse
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.buckets import KEYS, client, serving_bucket
from workbench.storage import Bucket, FolderStore, S3Store, moving

SIZE = 10_000_000
#: demanded: put into the bucket against boto3's own
MOST = 1.3


def seconds(deed: Callable[[], object]) -> float:
    """Seconds on the wall: what is measured here waits for disk and network."""
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


def plain(path: Path, data: bytes) -> None:
    """The naive put into a folder: no checksum, no fsync, no rename."""
    path.write_bytes(data)


def bucket(folder: Path, rounds: int) -> float:
    """Median of the ratios of paired puts, ours to boto3's own, in changing order."""
    with serving_bucket(folder) as address:
        own = client(address)
        own.create_bucket(Bucket="bench")
        store = S3Store(Bucket("bench", "", address))
        ours, naive, ratios = [], [], []
        for number in range(rounds + 1):
            mine, other = os.urandom(SIZE), os.urandom(SIZE)
            pair = {
                "ours": lambda data=mine: store.put(data),
                "naive": lambda data=other, key=str(number): own.put_object(Bucket="bench", Key=key, Body=data),
            }
            order = list(pair) if number % 2 else list(reversed(pair))
            took = {name: seconds(pair[name]) for name in order}
            if number:  # the first round opens the connections
                ours.append(took["ours"])
                naive.append(took["naive"])
                ratios.append(took["ours"] / took["naive"])
        ratio = statistics.median(ratios)
        print(f"bucket: put of 10 MB {1000 * statistics.median(ours):.0f} ms, boto3's own "
              f"{1000 * statistics.median(naive):.0f} ms, ratio {ratio:.2f} (at most {MOST})")  # fmt: skip
        return ratio


def folder(place: Path, rounds: int) -> None:
    """Durable puts and a scrub of a folder."""
    store = FolderStore(place / "store")
    datas = [os.urandom(SIZE) for _ in range(rounds)]
    puts = [seconds(lambda data=data: store.put(data)) for data in datas]
    naive = [seconds(lambda data=data, n=n: plain(place / str(n), data)) for n, data in enumerate(datas)]
    print(f"folder: durable put of 10 MB {1000 * statistics.median(puts):.0f} ms (aim 60), "
          f"written without any care {1000 * statistics.median(naive):.0f} ms")  # fmt: skip
    took = min(seconds(lambda: moving.damaged(store, lambda *_: None)) for _ in range(3))
    print(f"scrub: {rounds * SIZE / took / 1e6:.0f} MB/s (aim 400; pages may be warm)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    os.environ.update(KEYS)
    place = Path(tempfile.mkdtemp(prefix="loupe-bench-"))
    try:
        folder(place, rounds)
        (place / "weed").mkdir()
        ratio = bucket(place / "weed", rounds)
        print(f"on {platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        if ratio > MOST:
            raise SystemExit(f"A put into the bucket costs {ratio:.2f} times boto3's own, {MOST} at most.")
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()

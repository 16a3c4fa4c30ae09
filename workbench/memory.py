"""How much memory this program may use: its container's limit where there is one, else the machine's."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

#: bytes below which big pictures are not for this machine
SMALL = 2_000_000_000


def total(root: Path = Path("/")) -> int:
    """Bytes in all, used or not; the least of what the machine has and what its container allows."""
    return min([int(psutil.virtual_memory().total), *_limits(root)])


def _limits(root: Path) -> Iterator[int]:
    """What the control groups (versions 1 and 2) that this process is in allow; none outside of Linux."""
    groups: list[str] = []
    with suppress(OSError):
        groups = (root / "proc/self/cgroup").read_text().splitlines()
    for line in groups:
        _, names, place = line.split(":", 2)
        if names and "memory" not in names.split(","):
            continue
        base, file = (root / "sys/fs/cgroup/memory", "memory.limit_in_bytes") if names else (
            root / "sys/fs/cgroup", "memory.max")  # fmt: skip
        folder = base / place.strip("/")
        for above in (folder, *folder.parents):  # a limit further up holds for everything below it
            with suppress(OSError, ValueError):  # "max" is no limit
                yield int((above / file).read_text())
            if above == base:
                break

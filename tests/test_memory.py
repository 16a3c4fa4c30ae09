"""How much memory there is, as containers tell it, and what is refused where it is little."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from workbench import memory, versions
from workbench.errors import RejectedImage

PLENTY = int(psutil.virtual_memory().total)


def written(root: Path, files: dict[str, str]) -> int:
    shutil.rmtree(root, ignore_errors=True)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return memory.total(root)


def test_the_least_limit_of_the_control_groups_counts(tmp_path: Path) -> None:
    two = {"proc/self/cgroup": "0::/system/loupe\n"}
    assert written(tmp_path, {**two, "sys/fs/cgroup/system/loupe/memory.max": "512000000\n"}) == 512_000_000
    above = {"sys/fs/cgroup/system/loupe/memory.max": "max\n", "sys/fs/cgroup/system/memory.max": "700000000\n"}
    assert written(tmp_path, {**two, **above}) == 700_000_000
    assert written(tmp_path, {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "600000000\n"}) == 600_000_000
    one = {"proc/self/cgroup": "5:cpu,cpuacct:/a\n4:memory:/docker/x\n",
           "sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes": "800000000\n",
           "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}  # fmt: skip
    assert written(tmp_path, one) == 800_000_000


def test_without_a_limit_it_is_what_the_machine_has(tmp_path: Path) -> None:
    assert memory.total(tmp_path) == PLENTY
    assert written(tmp_path, {"proc/self/cgroup": "0::/gone/away\n"}) == PLENTY


def webp(width: int, height: int) -> bytes:
    return bytes(cv2.imencode(".webp", np.full((height, width, 3), 90, np.uint8), [cv2.IMWRITE_WEBP_QUALITY, 1])[1])


def test_a_big_webp_is_refused_where_memory_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    big, small = webp(8000, 3001), webp(640, 480)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"total": 1_900_000_000})())
    with pytest.raises(RejectedImage, match=r"8,000 × 3,001 px, and this Loupe has too little memory .* 24 megapixels"):
        versions.read(big)
    assert versions.read(small).size == (640, 480)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"total": 2_100_000_000})())
    assert versions.read(big).size == (8000, 3001)

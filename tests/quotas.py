"""Worker processes that share the limit of one account at the emulator, as hard as they may."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from statistics import mean
from typing import Any

from tests.emulator import Emulator
from tests.harness.limited import Work
from tests.serving import ROOT


@dataclass
class Run:
    """How a limit was used."""

    most: int
    #: seconds after which a grant may be given again, and of the provider's window
    cycle: float
    window: float
    through: list[float]
    refused: list[float]
    #: of each process
    seen: list[dict[str, Any]]
    #: threads of all processes together
    waiters: int

    @property
    def windows(self) -> int:
        """Whole rounds that were seen."""
        return len(self.through) // self.most - 1

    @property
    def late(self) -> float:
        """Seconds by which a place was taken later than it was free, on average over all rounds."""
        last = self.windows * self.most
        return mean(self.through[last + i] - self.through[i] for i in range(self.most)) / self.windows - self.cycle

    @property
    def used(self) -> float:
        """Share of the allowed calls that were made: a round that could take `cycle` seconds took `late` more."""
        return self.cycle / (self.cycle + self.late)

    @property
    def refusals(self) -> float:
        """Share of the requests that met a 429."""
        return len(self.refused) / (len(self.refused) + len(self.through))

    @property
    def asked(self) -> int:
        """How often somebody asked for a turn."""
        return sum(each["asked"] for each in self.seen)


def run(most: int, window: float, windows: int, *, margin: float, processes: int = 4, threads: int = 6) -> Run:
    """Let `processes` use the limit for `windows` whole rounds. The emulator's pictures cost nothing to draw."""
    cycle = window + margin
    with Emulator(limit=most, window=window, seconds=0.1, paints=False, keep=False) as server:
        given = Work(server.url, cycle * windows + max(0.6, cycle / 4), most, window, margin, threads)
        workers = [_start(given) for _ in range(processes)]
        try:
            for worker in workers:
                assert worker.stdout is not None
                assert worker.stdout.readline() == "ready\n"
            seen = [json.loads(said) for said in _together(workers)]
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
        refused = [asked.at for asked in server.log if asked.refused == "rate_limit_exceeded"]
        through = sorted(asked.at for asked in server.log if asked.refused is None)
        assert len(refused) + len(through) == len(server.log), {asked.refused for asked in server.log}
        return Run(most, cycle, window, through, refused, seen, processes * threads)


def _start(given: Work) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.harness.limited", json.dumps(asdict(given))],
        cwd=ROOT, env=dict(os.environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def _together(workers: "list[subprocess.Popen[str]]") -> list[str]:
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return [worker.communicate(timeout=1200)[0] for worker in workers]

"""What a provider bills, and what it lets through in a window of time."""

import json
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Paid:
    """Work that was done and is billed, whether or not anybody was there to take it."""

    request_id: str
    pictures: int
    #: seconds since 1970
    at: float
    prompt_sha256: str
    model: str
    #: of the first picture
    image_sha256: str
    usage: dict[str, Any]


class Ledger(list[Paid]):
    """Rows in memory and, with `file`, as lines of JSON that outlive a killed reader."""

    def __init__(self, file: Path | None = None) -> None:
        super().__init__()
        self.file = file
        self._lock = threading.Lock()

    def write(self, paid: Paid) -> None:
        with self._lock:
            self.append(paid)
            if self.file is not None:
                with self.file.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(asdict(paid)) + "\n")


def read(file: Path) -> list[Paid]:
    """The rows of a ledger's file; none when nothing was billed yet."""
    return [Paid(**json.loads(line)) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


class Window:
    """At most `most` pictures in any `seconds`; what is refused doesn't count. None = no limit."""

    def __init__(self, most: int | None, seconds: float) -> None:
        self.most, self.seconds = most, seconds
        self._taken: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()

    def take(self, pictures: int) -> float:
        """0.0 when they are let through, else seconds until they would be (a whole window when never)."""
        with self._lock:
            now, used = self._now()
            if self.most is None or used + pictures <= self.most:
                self._taken.append((now, pictures))
                return 0.0
            for at, gone in self._taken:
                used -= gone
                if used + pictures <= self.most:
                    return at + self.seconds - now
            return self.seconds

    def left(self) -> int:
        """Pictures that would be let through now."""
        with self._lock:
            return 1_000_000 if self.most is None else max(0, self.most - self._now()[1])

    def reset(self) -> float:
        """Seconds until all that was taken is forgotten."""
        with self._lock:
            now, _ = self._now()
            return self._taken[-1][0] + self.seconds - now if self._taken else 0.0

    def _now(self) -> tuple[float, int]:
        now = time.monotonic()
        while self._taken and self._taken[0][0] <= now - self.seconds:
            self._taken.popleft()
        return now, sum(pictures for _, pictures in self._taken)

"""The steps of an edit's run as programs count them, and how many edits hold pictures in memory at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from workbench.errors import LoupeError

Stage = Literal["source", "engine", "model", "lock", "encode", "prove", "measure", "keep"]
#: tell(progress 0–1, words): called between steps; raises Interrupted when the work is no longer wanted
Tell = Callable[[float, str], None]

#: edits of this process that hold decoded pictures; one that waits for a model holds none
MOST = 2
_room = threading.BoundedSemaphore(MOST)


@contextmanager
def stage(name: Stage) -> Iterator[None]:
    """Say of an error that leaves the block where it came from; the innermost block has the word."""
    try:
        yield
    except LoupeError as error:
        error.stage = error.stage or name
        raise


@contextmanager
def room(tell: Tell, fraction: float) -> Iterator[None]:
    """Wait until pictures may be held in memory, and give the room back at the end of the block."""
    while not _room.acquire(timeout=0.5):
        tell(fraction, "Waiting for other edits on this machine")
    try:
        yield
    finally:
        _room.release()

"""What the tests of calls to an image model share: a connection to the emulator, a small request, and records."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydantic import SecretStr

from tests.emulator import Emulator
from workbench.engines import openai
from workbench.engines.openai import Answer, Connection, Request, Sent, Try
from workbench.errors import ModelFault

MODEL = "gpt-image-2.5-sunburst-2026-09-08"
_shade = np.mgrid[0:64, 0:64][1].astype(np.uint8) * 3
PICTURE = Sent("any.png", openai.picture_png(np.dstack([_shade, _shade, _shade])), "image/png")
_middle = np.zeros((64, 64), np.bool_)
_middle[20:40, 20:40] = True
MASK = Sent("any.png", openai.mask_png(_middle), "image/png")
MARKUP = Sent("any.png", openai.markup_png(_middle), "image/png")


@dataclass
class Records:
    """A journal and a gate that keep what they are told."""

    told: list[Mapping[str, Any]] = field(default_factory=list)
    tries: list[Try] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    blocked: list[float] = field(default_factory=list)
    partials: list[tuple[int, int, bytes]] = field(default_factory=list)

    def sent(self, number: int, told: Mapping[str, Any]) -> None:
        assert number == len(self.told) + 1
        self.told.append(told)

    def ended(self, tried: Try) -> None:
        self.tries.append(tried)

    def take(self, pictures: int) -> None:
        self.taken.append(pictures)

    def block(self, seconds: float) -> None:
        self.blocked.append(seconds)

    def partial(self, index: int, number: int, data: bytes) -> None:
        self.partials.append((index, number, data))

    @property
    def outcomes(self) -> list[str]:
        return [tried.fault or "answered" for tried in self.tries]


def connected(
    url: str, profile: str = "openai", *, key: str = "emulator", models: tuple[str, ...] = (MODEL,),
    deadline: float = 20.0, read_timeout: float = 5.0, pause: float = 0.01,
) -> Connection:  # fmt: skip
    return Connection(
        url,
        SecretStr(key),
        models,
        openai.profile(profile),
        "0" * 16,
        key == "emulator",
        deadline,
        read_timeout,
        pause=pause,
    )


def request(**changes: Any) -> Request:
    usual: dict[str, Any] = {
        "model": MODEL, "prompt": "Make the square red. Keep everything else.", "images": (PICTURE,),
        "size": (1024, 1024), "quality": "low", "mask": MASK,
    }  # fmt: skip
    return Request(**{**usual, **changes})


def ask(
    server: Emulator | str, *, records: Records | None = None, connection: Connection | None = None,
    wanted: Callable[[], None] = lambda: None, **changes: Any,
) -> Answer:  # fmt: skip
    records = records or Records()
    url = server if isinstance(server, str) else server.url
    return openai.call(
        connection or connected(url), request(**changes), journal=records, gate=records, wanted=wanted,
        partial=records.partial,
    )  # fmt: skip


def fault_of(server: Emulator | str, **changes: Any) -> ModelFault:
    """What `ask` raises."""
    try:
        ask(server, **changes)
    except ModelFault as fault:
        return fault
    raise AssertionError("it was answered")


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)

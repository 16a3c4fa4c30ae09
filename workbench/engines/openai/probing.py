"""Whether the image model's server can be used: a free look at its models, and on request one small edit."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.engines.openai import faults, sentences
from workbench.engines.openai.asking import Request, Sent
from workbench.engines.openai.attempts import Late
from workbench.engines.openai.calling import Try, call
from workbench.engines.openai.connections import Connection
from workbench.engines.openai.pictures import mask_png, picture_png
from workbench.engines.openai.wire import End, Exchange, Head
from workbench.engines.rules import allows, running
from workbench.errors import ModelFault
from workbench.imaging import canvas_sizes

#: seconds for the list of models, and bytes of it
_SECONDS = 15.0
_BYTES = 4_000_000
_SIDE = 1024


@dataclass(frozen=True)
class Probe:
    """What was found."""

    #: those that the server lists
    models: tuple[str, ...]
    works: bool
    #: a sentence or two
    words: str


def probe(connection: Connection) -> Probe:
    """Ask for the list of models, which costs nothing."""
    try:
        head, body = _asked(connection)
    except ModelFault as fault:
        return Probe((), False, str(fault))
    if head.status in (404, 405):
        return Probe(
            (), True, f"“{connection.host}” answers, but lists no models: only an edit shows whether it works."
        )
    if head.status != 200:
        return Probe((), False, str(faults.refused(connection, connection.model, head.status, head.headers, body)))
    models = _listed(body)
    if models is None:
        return Probe((), False, sentences.of("page", connection))
    return Probe(models, *_judged(connection, models))


def trial(connection: Connection) -> Probe:
    """Ask for one small edit at low quality. It costs money: only for somebody who has agreed to that."""
    rules = connection.rules(running(connection.model)[0] if connection.profile.name == "openai" else None)
    usual = isinstance(rules.sizes, canvas_sizes.Rule) or allows(rules.sizes, (_SIDE, _SIDE))
    size = (_SIDE, _SIDE) if usual else rules.sizes[0]  # type: ignore[index]
    rows, columns = np.mgrid[: size[1], : size[0]]
    shade = (columns * 160 // size[0] + rows * 60 // size[1]).astype(np.uint8)
    middle = np.zeros(size[::-1], np.bool_)
    middle[size[1] // 3 : 2 * size[1] // 3, size[0] // 3 : 2 * size[0] // 3] = True
    mask = Sent("mask.png", mask_png(middle, connection.profile.mask), "image/png") if rules.mask else None
    request = Request(
        rules.name, "Paint a blue disc in the middle of the grey picture. Change nothing else.",
        (Sent("image.png", picture_png(np.dstack([shade] * 3)), "image/png"),), size, mask=mask,
        quality="low" if "low" in rules.quality else None,
    )  # fmt: skip
    try:
        answer = call(connection, request, journal=_Unrecorded(), gate=_Open(), wanted=lambda: None)
    except ModelFault as fault:
        return Probe((), False, str(fault))
    drawn = f"{answer.pictures[0].size[0]} × {answer.pictures[0].size[1]} px"
    notes = "".join(f" {note}" for note in answer.notes)
    return Probe((request.model,), True, f"“{request.model}” drew {drawn} in {answer.seconds:.0f} seconds.{notes}")


def _asked(connection: Connection) -> tuple[Head, bytes]:
    """Raises ModelFault where nothing can be heard."""
    began, head, body = time.monotonic(), None, bytearray()

    def tick() -> None:
        if time.monotonic() - began > _SECONDS:
            raise Late

    sent = Exchange(connection, lambda sdk, _: sdk.models.with_streaming_response.list(), most=_BYTES, tick=tick)
    try:
        with sent as exchange:
            for item in exchange.items():
                if isinstance(item, Head):
                    head = item
                elif isinstance(item, End):
                    break
                else:
                    body += item
    except Late:
        head = None
    if head is None:
        raise ModelFault(sentences.of("connect", connection), "connect", retry=True)
    return head, bytes(body)


def _listed(body: bytes) -> tuple[str, ...] | None:
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    rows = found.get("data") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        return None
    return tuple(str(row["id"])[:120] for row in rows if isinstance(row, Mapping) and isinstance(row.get("id"), str))


def _judged(connection: Connection, models: tuple[str, ...]) -> tuple[bool, str]:
    asked = [running(name)[0] if connection.profile.name == "openai" else name for name in connection.models]
    missing = [name for name in asked if name not in models]
    if not models or not missing:
        return True, f"“{connection.host}” answers and has {', '.join(asked)}."
    return False, (
        f"“{connection.host}” answers, but doesn't list {', '.join(missing)}. Whoever runs Loupe checks "
        f"{connection.models_setting}."
    )


class _Unrecorded:
    def sent(self, number: int, told: Mapping[str, Any]) -> None:
        """A trial belongs to no edit."""

    def ended(self, tried: Try) -> None:
        """Its picture is looked at and thrown away."""


class _Open:
    def take(self, pictures: int) -> None:
        """One picture at the wish of a person."""

    def block(self, seconds: float) -> None:
        """Nothing else waits."""

"""What is checked before a byte is sent: a request that would be refused costs time, and a bad mask costs money."""

from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np

from workbench.engines.openai.asking import Request, Sent
from workbench.engines.openai.connections import Connection
from workbench.engines.rules import Rules, problems
from workbench.errors import ModelFault, RejectedImage
from workbench.imaging import intake
from workbench.imaging.headers import Header

#: bytes of an answer, however many pictures it holds
MOST_BYTES = 100_000_000
#: bytes per pixel of a picture in an answer: a photograph as PNG, as Base64
_BYTES_A_PIXEL = 2.0
#: bytes of an answer of which nothing bad is thought
_LEAST_BYTES = 32_000_000


def check(connection: Connection, request: Request, fields: Mapping[str, Any]) -> None:
    """Raise ModelFault, kind "invalid" or "model_or_url", for what the server would refuse or understand wrong."""
    rules = connection.rules(request.model)
    told = {"images": len(request.images), "mask": request.mask is not None, "markup": request.markup is not None}
    for problem in problems(rules, {**fields, **told}):
        if problem.param == "model" and connection.profile.name != "openai":
            # elsewhere a name may stand for any model
            continue
        kind = "model_or_url" if problem.param == "model" else "invalid"
        raise ModelFault(problem.sentence, kind, status=None, code=problem.code, param=problem.param)
    for command in connection.profile.commands:
        if command in request.prompt.lower():
            _refuse(f"The prompt holds “{command}”, which this server takes for a command. Leave it out.", "prompt")
    if expected(request) > MOST_BYTES:
        most = int(MOST_BYTES / (_BYTES_A_PIXEL * request.size[0] * request.size[1]))
        _refuse(f"So many pictures of this size are too much for one answer. Ask for {most} at most.", "n")
    sizes = [_image(rules, image) for image in request.images]
    if request.mask is not None:
        _mask(connection, rules, request.mask, sizes[0])
    if request.markup is not None:
        _markup(request.markup, sizes[0])


def expected(request: Request) -> float:
    """Bytes that the finished pictures are likely to take in an answer."""
    return request.pictures * request.size[0] * request.size[1] * _BYTES_A_PIXEL


def most_bytes(request: Request) -> int:
    """Bytes after which an answer can't be honest: twice what is expected, previews counted."""
    shown = 1 + (request.partials if request.stream else 0)
    return int(min(max(_LEAST_BYTES, 2 * expected(request)), MOST_BYTES) * shown)


def _image(rules: Rules, image: Sent) -> tuple[int, int]:
    if len(image.data) >= rules.most_image_bytes:
        most = rules.most_image_bytes // 1_000_000
        _refuse(f"A picture is larger than {most} MB, which is more than the image model takes.", "image")
    found = _header(image, "image")
    if found.media_type != image.media_type:
        _refuse("A picture's content isn't what it is said to be.", "image")
    return found.width, found.height


def _mask(connection: Connection, rules: Rules, mask: Sent, size: tuple[int, int]) -> None:
    found = _header(mask, "mask")
    if found.format != "PNG" or mask.media_type != "image/png" or (found.width, found.height) != size:
        _refuse("The mask must be a PNG of the size of the picture that is sent.", "mask")
    if len(mask.data) >= rules.most_mask_bytes:
        _refuse("The mask has more bytes than the image model takes. Make it of flat black.", "mask")
    pixels = intake.read(mask.data).array
    if connection.profile.mask == "white":
        if not bool(((pixels[..., :3] == 0) | (pixels[..., :3] == 255)).all()):
            _refuse("The mask must be black and white.", "mask")
        if not bool(pixels[..., :3].any()):
            _refuse("The mask lets nothing change. Mark the part that may.", "mask")
        return
    if pixels.shape[2] != 4 or pixels[..., :3].any() or not np.isin(pixels[..., 3], (0, 255)).all():
        _refuse("The mask must be black, with an alpha of 0 where something may change and 255 elsewhere.", "mask")
    if bool(pixels[..., 3].all()):
        _refuse("The mask lets nothing change. Mark the part that may.", "mask")


def _markup(markup: Sent, size: tuple[int, int]) -> None:
    found = _header(markup, "markup")
    if found.format != "PNG" or markup.media_type != "image/png" or (found.width, found.height) != size:
        _refuse("The markup must be a PNG of the size of the picture that is sent.", "markup")
    pixels = intake.read(markup.data).array
    if pixels.shape[2] != 4 or bool((pixels[..., 3] == 255).all()):
        _refuse("The markup must be transparent where nothing is drawn.", "markup")


def _header(file: Sent, param: str) -> Header:
    try:
        return intake.header(file.data)
    except RejectedImage as error:
        raise ModelFault(f"A file for the image model can't be read: {error}", "invalid", param=param) from error


def _refuse(sentence: str, param: str) -> NoReturn:
    raise ModelFault(sentence, "invalid", param=param)

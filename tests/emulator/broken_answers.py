"""Faults after the work was done, which is billed: answers that break off, or that hold no proper pictures."""

import base64
import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from tests.emulator import drawing
from tests.emulator.replies import Reply, Reset, Work, refusing, said
from tests.emulator.turned_away import blocked

_GATEWAY = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"


def moderation_after(work: Work, categories: str = "sexual") -> Reply:
    """400 moderation_blocked at stage output, after the work, which isn't billed."""
    work.wire.wait(work.seconds)
    return refusing(blocked(work.asked.request_id, "output", categories))


def bad_gateway(work: Work) -> Reply:
    """502 as a proxy's HTML page, while the work is done behind it."""
    work.done()
    return Reply(502, _GATEWAY.format("502 Bad Gateway").encode(), "text/html")


def gateway_timeout(work: Work) -> Reply:
    """504 as a proxy's HTML page, while the work is done behind it."""
    work.done()
    return Reply(504, _GATEWAY.format("504 Gateway Time-out").encode(), "text/html")


def slow(work: Work, seconds: float = 5.0) -> Reply:
    """The right answer, so much later."""
    work.wire.wait(seconds)
    return work.replied()


def reset(work: Work) -> Reply:
    """The connection is reset before the answer."""
    work.done()
    return Reply(body=_reset(b""), length=1)


def reset_body(work: Work) -> Reply:
    """The connection is reset in the middle of the body."""
    work.done()
    body = work.body()
    return Reply(body=_reset(body[: len(body) // 2]), length=len(body))


def close_body(work: Work) -> Reply:
    """The connection is closed in the middle of the body."""
    work.done()
    body = work.body()
    return Reply(body=iter([body[: len(body) // 2]]), length=len(body))


def hang(work: Work) -> Reply:
    """No byte of an answer, until the client hangs up."""
    work.done()
    return Reply(body=_hanging(work, b""), length=1_000_000)


def hang_body(work: Work) -> Reply:
    """Half of the answer, then no byte more until the client hangs up."""
    work.done()
    body = work.body()
    return Reply(body=_hanging(work, body[: len(body) // 2]), length=len(body))


def drip(work: Work, every: float = 0.5) -> Reply:
    """One byte of white space every so many seconds, for ever."""
    work.done()
    return Reply(body=_dripping(work, every))


def huge(work: Work, mb: int = 200, declared: bool = True) -> Reply:
    """A body of so many megabytes, made as it is sent; without `declared` its length isn't told."""
    work.done()
    head, piece, tail = b'{"created":1,"data":[{"b64_json":"', b"A" * 1_000_000, b'"}]}'
    pieces = (head if at < 0 else piece if at < mb else tail for at in range(-1, mb + 1))
    return Reply(body=pieces, length=len(head) + mb * len(piece) + len(tail) if declared else None)


def cut_json(work: Work) -> Reply:
    """JSON that ends in the middle, with a length that says so."""
    work.done()
    body = work.body()
    return Reply(body=body[: len(body) // 2])


def bare(work: Work) -> Reply:
    """Pictures only, as many compatible servers answer: no usage, no size."""
    work.done()
    return said({"data": work.document()["data"]})


def no_data(work: Work, value: Any = "list") -> Reply:
    """`data` is an empty list; value null, absent, text or dict for other wrong things."""
    work.done()
    shapes = {"list": [], "null": None, "text": "none", "dict": {"b64_json": "AAAA"}}
    data = {} if value == "absent" else {"data": shapes[value]}
    return said({"created": 1, **data, "usage": work.usage(0)})


def null_item(work: Work) -> Reply:
    """`data` holds null instead of a picture."""
    return _answered(work, lambda file: None)


def no_b64(work: Work) -> Reply:
    """A picture without b64_json and without url."""
    return _answered(work, lambda file: {"b64_json": None, "revised_prompt": "…"})


def url_only(work: Work, url: str | None = None) -> Reply:
    """An address instead of the picture: here, `elsewhere` on another origin, or any other."""
    if url == "elsewhere":
        url = work.elsewhere() + "/picture.png"
    return _answered(work, lambda file: {"url": url or work.shelve(file)})


def data_url(work: Work) -> Reply:
    """A whole `data:` address in b64_json."""
    return _answered(work, lambda file: {"b64_json": f"data:image/png;base64,{base64.b64encode(file).decode()}"})


def bad_base64(work: Work) -> Reply:
    """Base64 with characters it doesn't have."""
    return _answered(work, lambda file: {"b64_json": "***" + base64.b64encode(file).decode()})


def not_a_picture(work: Work) -> Reply:
    """Bytes that are no picture, in good base64."""
    return _files(work, lambda file: b"%PDF-1.7 nothing to see here" * 40)


def cut_picture(work: Work) -> Reply:
    """A PNG that ends in the middle, in good base64."""
    return _files(work, lambda file: file[: len(file) // 2])


def bomb(work: Work, side: int = 60_000) -> Reply:
    """A PNG whose header claims so many pixels a side."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(65_536))))
    made = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return _files(work, lambda file: b"\x89PNG\r\n\x1a\n" + made + b"\0\0\0\0IEND\xaeB`\x82")


def shortfall(work: Work, by: int = 1) -> Reply:
    """Fewer pictures than were asked for; only these are billed."""
    work.delivered = max(0, work.asked.pictures - by)
    return work.replied()


def surplus(work: Work, by: int = 1) -> Reply:
    """More pictures than were asked for."""
    work.delivered = work.asked.pictures + by
    return work.replied()


def half_bad(work: Work) -> Reply:
    """Only the first picture is one."""
    first = iter([True])
    return _files(work, lambda file: file if next(first, False) else b"no picture")


def wrong_size(work: Work, width: int = 1008, height: int = 1008) -> Reply:
    """The pictures have another size than was asked for."""
    work.pictures = [drawing.fitted(pixels, (width, height)) for pixels in work.pictures]
    return work.replied()


def wrong_aspect(work: Work) -> Reply:
    """The pictures are a fifth lower than was asked for, their frame cropped."""
    work.pictures = [drawing.fitted(pixels, (pixels.shape[1], pixels.shape[0] * 4 // 5)) for pixels in work.pictures]
    return work.replied()


def encoding(work: Work, kind: str = "jpeg") -> Reply:
    """Another kind of file than was asked for: jpeg, webp, gif, palette, alpha, grey, deep (16 bits) or cmyk."""
    work.files = [_recoded(pixels, kind) for pixels in work.pictures]
    return work.replied()


def _recoded(pixels: drawing.Pixels, kind: str) -> bytes:
    image = Image.fromarray(pixels).convert("RGB")
    out = io.BytesIO()
    if kind == "palette":
        image.quantize(64).save(out, "PNG")
    elif kind == "alpha":
        ramp = Image.fromarray(np.tile(np.linspace(0, 255, image.width).astype(np.uint8), (image.height, 1)))
        image.putalpha(ramp)
        image.save(out, "PNG")
    elif kind == "deep":
        Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257).save(out, "PNG")
    elif kind in ("grey", "cmyk"):
        image.convert("L" if kind == "grey" else "CMYK").save(out, "JPEG", quality=95)
    else:
        image.save(out, kind, quality=95)
    return out.getvalue()


def _files(work: Work, change: Any) -> Reply:
    work.files = [change(file) for file in work.files]
    work.done()
    return Reply(body=work.body())


def _answered(work: Work, change: Any) -> Reply:
    work.done()
    return said({**work.document(), "data": [change(file) for file in work.files]})


def _reset(first: bytes) -> Iterator[bytes]:
    if first:
        yield first
    raise Reset


def _hanging(work: Work, first: bytes) -> Iterator[bytes]:
    yield first
    while work.wire.listened():
        work.wire.wait(0.05)


def _dripping(work: Work, every: float) -> Iterator[bytes]:
    while work.wire.listened():
        yield b" "
        work.wire.wait(every)


FAULTS = (
    moderation_after, bad_gateway, gateway_timeout, slow, reset, reset_body, close_body, hang, hang_body, drip, huge,
    cut_json, bare, no_data, null_item, no_b64, url_only, data_url, bad_base64, not_a_picture, cut_picture, bomb,
    shortfall, surplus, half_bad, wrong_size, wrong_aspect, encoding,
)  # fmt: skip

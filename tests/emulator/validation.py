"""What the API refuses, in its order and with its codes: key, fields, model, files, then the model's own rules.

The models' rules are the product's table (`workbench.engines.rules`): an unknown field, a value or a size that a model
doesn't take is refused by the very data that keeps the client from sending it. The wording of most refusals isn't
documented: test kind, code and param.
"""

import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image

from tests.emulator.requests import Asked, File
from workbench.engines import rules

FILES = ("image", "mask", "markup")
NUMBERS = ("n", "partial_images", "output_compression")
#: what the emulator can draw
DRAWN = ("png", "jpeg", "webp")


@dataclass(frozen=True)
class Refusal:
    """An error as the API words it."""

    status: int
    message: str
    code: str | None
    param: str | None = None
    kind: str = "invalid_request_error"
    #: more members of the error object
    details: tuple[tuple[str, Any], ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        error = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        return {"error": {**error, **dict(self.details)}}


def refused_key(asked: Asked, key: str) -> Refusal | None:
    """The refusal of a request without the key, or with another; an empty key lets everybody in."""
    if not key:
        return None
    kind, _, given = asked.headers.get("authorization", "").partition(" ")
    if kind != "Bearer" or not given:
        return Refusal(401, "You didn't provide an API key.", None)
    if given != key:
        shown = given[:3] + "*" * 8 + given[-4:] if len(given) > 12 else "*" * len(given)
        return Refusal(401, f"Incorrect API key provided: {shown}.", "invalid_api_key")
    return None


def refused(asked: Asked, *, own_models: Collection[str] = ()) -> Refusal | None:
    """The first thing wrong with an edit's form, or None; `own_models` are served besides the table's."""
    return next(_refusals(asked, own_models), None)


def refused_inpainting(asked: Asked) -> Refusal | None:
    """LocalAI's route: picture and mask, both needed, and a prompt."""
    for name in ("image", "mask"):
        if not asked.named(name):
            return Refusal(400, f"{name} file is required.", None, name)
        if asked.named(name)[0].found is None:
            return Refusal(400, f"failed to decode {name}.", None, name)
    return None if asked.prompt else Refusal(400, "prompt is required.", None, "prompt")


def wire_fields(asked: Asked) -> dict[str, Any]:
    """The form's fields as `rules.problems` takes them: numbers as numbers, `stream` as bool, the files as counts."""
    fields: dict[str, Any] = dict(asked.fields)
    for name in NUMBERS:
        if fields.get(name, "").lstrip("-").isdigit():
            fields[name] = int(fields[name])
    if fields.get("stream") in ("true", "false"):
        fields["stream"] = fields["stream"] == "true"
    return {
        **fields, "images": len(asked.images), "mask": asked.mask is not None, "markup": asked.markup is not None,
    }  # fmt: skip


def _refusals(asked: Asked, own_models: Collection[str]) -> Iterator[Refusal]:
    model = asked.fields.get("model", "")
    own = model in own_models
    rule = rules.rules(model)
    found = [Refusal(it.status, it.sentence, it.code, it.param) for it in rules.problems(rule, wire_fields(asked))]
    if own:
        found = [refusal for refusal in found if refusal.param in ("prompt", "image", "n")]
    else:
        yield from (refusal for refusal in found if refusal.code == "unknown_parameter")
        for file in asked.files:
            if file.field.split("[")[0] not in FILES:
                yield Refusal(400, f"Unknown parameter: '{file.field}'.", "unknown_parameter", file.field)
    yield from (refusal for refusal in found if refusal.code == "missing_required_parameter")
    if not own and (rule.state == "retired" or not rule.known):
        sentence = f"The model '{model}' does not exist or you do not have access to it."
        yield Refusal(404, sentence, "model_not_found", "model")
    yield from (refusal for refusal in found if refusal.param in ("prompt", "image"))
    yield from _of_images(asked, rule)
    yield from _of_mask(asked, rule)
    yield from _of_markup(asked)
    yield from found
    if asked.fields.get("output_format", "png") not in DRAWN:
        yield Refusal(400, "The emulator draws png, jpeg and webp only.", "unsupported_value", "output_format")


def _of_images(asked: Asked, rule: rules.Rules) -> Iterator[Refusal]:
    for place, image in enumerate(asked.images):
        param = f"image[{place}]"
        if image.media_type is None:
            yield Refusal(400, f"Missing MIME type of '{param}'.", "missing_file_mimetype", param)
        elif image.media_type not in ("image/jpeg", "image/png", "image/webp"):
            sentence = (
                f"Invalid file '{param}': unsupported mimetype ('{image.media_type}'). "
                "Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'."
            )
            yield Refusal(400, sentence, "unsupported_file_mimetype", param)
        if len(image.data) >= rule.most_image_bytes:
            yield Refusal(400, f"'{param}' must be smaller than 50MB.", "image_too_large", param)
        if image.found is None:
            yield Refusal(400, f"'{param}' is not a valid image file.", "invalid_image_file", param)


def _of_mask(asked: Asked, rule: rules.Rules) -> Iterator[Refusal]:
    mask = asked.mask
    if mask is None:
        return
    code = "invalid_mask_image_format"
    if len(mask.data) >= rule.most_mask_bytes:
        yield Refusal(400, "Invalid mask image: it must be smaller than 4MB.", code, "mask")
    yield from _overlay(mask, asked.images[0], "mask image", code)


def _of_markup(asked: Asked) -> Iterator[Refusal]:
    markup = asked.markup
    if markup is None:
        return
    code = "invalid_markup_image_format"
    yield from _overlay(markup, asked.images[0], "markup", code)
    if (markup.pixels("RGBA")[..., 3] == 255).all():
        yield Refusal(400, "Invalid markup: it must contain transparent pixels.", code, "markup")


def _overlay(file: File, image: File, word: str, code: str) -> Iterator[Refusal]:
    """A PNG with alpha of the first picture's size."""
    if file.found != "image/png":
        yield Refusal(400, f"Invalid {word}: it must be a PNG file.", code, file.field)
    if not _transparent(file):
        yield Refusal(400, f"Invalid {word}: it must have an alpha channel.", code, file.field)
    if file.size != image.size:
        yield Refusal(400, f"Invalid {word}: its size must match the image.", code, file.field)


def _transparent(file: File) -> bool:
    with Image.open(io.BytesIO(file.data)) as picture:
        return picture.has_transparency_data

"""What goes out to an image model for an edit: the canvas, what shows the region, the brand's marks, and the words."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench import recipes, storage, versions
from workbench.edits import generating, locking, placing
from workbench.engines import exact, openai
from workbench.imaging import canvas, flatten
from workbench.models import Edit

Pixels = NDArray[np.uint8]
#: mean level from which a mark counts as light: on white nobody would see it
_LIGHT = 190


def request(
    edit: Edit, recipe: Mapping[str, Any], template: recipes.Template, connection: openai.Connection, operator: str
) -> openai.Request:
    """The request that `recipe` of a generative edit means; `operator`: who asks, already hashed."""
    store, parameters = storage.store(), recipe["parameters"]
    picture = versions.read(store.get(edit.base_sha256))
    sent = placing.canvas(recipe, picture.size)
    assert sent is not None
    region, protect = (exact.mask(recipe[one], picture.size, store.get) for one in ("region", "protect"))
    where = locking.within(locking.where(picture.array, region, protect, template), sent)
    mask, markup = _guides(sent, exact.allowed(where.region, where.protect), parameters["guide"], connection.profile)
    references = (store.get(sha256) for sha256 in parameters.get("references", ()))
    partials = generating.previews(connection, recipe["model"])
    return openai.Request(
        model=recipe["model"],
        prompt=recipe["prompt"],
        images=(
            _png("picture.png", openai.picture_png(sent.send(picture.array))),
            *(_reference(number, data) for number, data in enumerate(references, 1)),
        ),
        size=sent.size,
        pictures=edit.wanted,
        quality=parameters.get("quality"),
        fidelity=parameters.get("input_fidelity"),
        complexity=parameters.get("complexity"),
        stream=partials > 0,
        partials=partials,
        operator=operator,
        mask=mask,
        markup=markup,
    )


def _png(name: str, data: bytes) -> openai.Sent:
    return openai.Sent(name, data, "image/png")


def _guides(
    sent: canvas.Canvas, allowed: NDArray[np.bool_] | None, guide: str, profile: openai.Profile
) -> tuple[openai.Sent | None, openai.Sent | None]:
    """The mask or the outline that shows the model what it may change."""
    if guide == "mask" and allowed is not None:
        return _png("mask.png", openai.mask_png(sent.mask(allowed), profile.mask)), None
    if guide == "markup" and allowed is not None:
        return None, _png("markup.png", openai.markup_png(sent.mask(allowed)))
    return None, None


def _reference(number: int, data: bytes) -> openai.Sent:
    """A mark on an even ground it stands out from: a model sees the colours that hide under transparency."""
    mark = versions.read(data).array
    seen = mark[..., :3][mark[..., 3] > 0] if mark.shape[2] == 4 else mark[:0, 0, :3]
    light = bool(seen.size) and float(seen.mean()) >= _LIGHT
    return _png(
        f"reference-{number}.png", openai.picture_png(flatten.over(mark, flatten.GREY if light else flatten.WHITE))
    )

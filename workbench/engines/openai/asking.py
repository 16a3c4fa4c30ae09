"""What is asked of an image model: one request, the fields it becomes, and what records may say of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from workbench.engines.openai.profiles import Profile

#: fields without which nothing is asked for; all others may be left out for a server that refuses them
NEEDED = frozenset({"model", "prompt", "image", "size"})
#: what goes with a field that is left out
_ALONG = {"stream": ("partial_images",)}


@dataclass(frozen=True)
class Sent:
    """A file that goes along."""

    #: as the server sees it; never a name that a person gave
    name: str
    data: bytes
    media_type: str

    def told(self) -> dict[str, Any]:
        """For records: which bytes, not the bytes."""
        digest = hashlib.sha256(self.data).hexdigest()
        return {"sha256": digest, "bytes": len(self.data), "media_type": self.media_type}


@dataclass(frozen=True)
class Request:
    """One edit as a model is asked for it."""

    model: str
    prompt: str
    #: the asset first, references after it
    images: tuple[Sent, ...]
    #: width and height to draw
    size: tuple[int, int]
    pictures: int = 1
    mask: Sent | None = None
    markup: Sent | None = None
    quality: str | None = None
    fidelity: str | None = None
    complexity: str | None = None
    background: str | None = None
    stream: bool = False
    #: pictures on the way, for each one that is asked for
    partials: int = 0
    #: stands for the person who asks, and is already a hash
    operator: str = ""

    def told(self) -> dict[str, Any]:
        """For records: everything but the prompt and the bytes of the pictures."""
        return told(self, self.fields())

    def fields(self) -> dict[str, Any]:
        """The fields of a form, files apart, as a server takes them that knows all of them."""
        found = {
            "model": self.model,
            "prompt": self.prompt,
            "size": f"{self.size[0]}x{self.size[1]}",
            "n": self.pictures,
            "quality": self.quality,
            "input_fidelity": self.fidelity,
            "complexity": self.complexity,
            "background": self.background,
            "output_format": "png",
            "stream": True if self.stream else None,
            "partial_images": self.partials if self.stream and self.partials else None,
            "safety_identifier": self.operator or None,
        }
        return {name: value for name, value in found.items() if value is not None}


def taken(request: Request, profile: Profile, without: frozenset[str]) -> tuple[Request, dict[str, Any]]:
    """`request` and its fields as far as a server of this profile takes them, without those it has refused before."""
    without |= {also for name in without for also in _ALONG.get(name, ())}
    takes = (NEEDED | profile.fields) - without
    fields = {name: value for name, value in request.fields().items() if name in takes}
    mask = request.mask if "mask" in takes else None
    markup = request.markup if "markup" in takes else None
    images = request.images if profile.references else request.images[:1]
    return replace(request, mask=mask, markup=markup, images=images, stream="stream" in fields), fields


def told(request: Request, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What goes out, for records: no prompt, no bytes; of the prompt only how long it is."""
    found: dict[str, Any] = {name: value for name, value in fields.items() if name != "prompt"}
    found["prompt_characters"] = len(request.prompt)
    found["images"] = [each.told() for each in request.images]
    found |= {name: part.told() for name, part in (("mask", request.mask), ("markup", request.markup)) if part}
    return found

"""What an image model is asked for: model, canvas, guide and prompt, settled before anything runs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from workbench import recipes, storage
from workbench.edits.wishes import Wish
from workbench.engines import exact, openai, pricing
from workbench.engines.rules import Rules, rules, running
from workbench.errors import InvalidInput
from workbench.imaging import canvas, headers, lock
from workbench.recipes.prompts import harmless
from workbench.settings import settings

VERSION = f"{openai.VERSION}, lock {lock.VERSION}"
#: px of a canvas: OpenAI calls larger ones experimental, and every one of them is paid
LARGEST = 2560 * 1440
#: previews of a picture that is being drawn
PARTIALS = 2
NOT_SET_UP = (
    "“{title}” needs an image model, and none is set up here. Whoever runs Loupe sets OPENAI_API_KEY, or "
    "LOUPE_IMAGE_URL for another server; the page Insights and the command `doctor` tell what they find."
)
#: guide → what the prompt says besides
TOLD = {
    "mask": "The marked area is the transparent part of the mask: change nothing outside it.",
    "markup": "The marked area is what the drawn outline encloses: change nothing outside it, and omit the outline.",
    "none": "Change nothing but what is asked for.",
}
KEEP = "Keep the framing, position, proportions and size of everything exactly as they are."
REFERENCES = "The first picture is the one to change. {}"


@dataclass(frozen=True)
class Planned:
    """What a recipe says of an image model."""

    model: str
    prompt: str
    parameters: dict[str, Any]

    @classmethod
    def again(cls, recipe: Mapping[str, Any], output: Mapping[str, Any]) -> Self:
        """For an output that came by `recipe` and is only locked anew."""
        return cls(recipe["model"], recipe["prompt"], {**recipe["parameters"], **output})


@dataclass(frozen=True)
class Price:
    """What an edit may cost."""

    #: millionths of a US dollar; None = not known
    micros: int | None
    #: of the price table
    priced_at: date | None


def connection(title: str) -> openai.Connection:
    """The image model's server. Raises InvalidInput, with what to set, where the template `title` finds none."""
    found = openai.connection()
    if found is None:
        raise InvalidInput(NOT_SET_UP.format(title=title))
    return found


def planned(
    template: recipes.Template, guideline: recipes.Guideline, resolved: Mapping[str, recipes.Resolved], wish: Wish,
    size: tuple[int, int], region: Mapping[str, Any] | None, protect: Mapping[str, Any] | None, *, former: bool = False,
) -> Planned:  # fmt: skip
    """How `wish` is put to the model on a picture of `size` (width, height) with this region and protected area.

    `former`: the wish is that of an earlier edit, so that what is gone since is replaced by what is there.
    """
    server = connection(template.title)
    model, was = _model(server, wish.model, former)
    known = server.rules(model)
    most = min(known.most_pictures if "n" in server.profile.fields else 1, settings().image_limit)
    if wish.candidates > most:
        raise InvalidInput(f"Ask for {most} at a time: this image model gives no more candidates at once.")
    sent = _canvas(template, known, size, region)
    marked = region is not None or protect is not None
    guide = _guide(known, wish.guide if marked or not former else None, marked, former)
    references = _references(template, resolved, known)
    optional = {
        "quality": _choice("quality", wish.quality, known.quality, "high", former),
        "input_fidelity": "high" if "high" in known.fidelity else None,
        "complexity": _choice("complexity", wish.complexity, known.complexity, None, former),
        "references": references,
        "was": was,
    }
    parameters = {
        "profile": server.profile.name,
        "size": list(sent.size),
        "guide": guide,
        "canvas": {"crop": list(sent.crop), "content": list(sent.content)},
        **{name: value for name, value in optional.items() if value},
    }
    return Planned(model, _prompt(template, resolved, guideline, guide, references), parameters)


def _model(server: openai.Connection, asked: str | None, former: bool) -> tuple[str, str | None]:
    """The model that takes requests today, and the one that was asked for where that is gone."""
    offered = {_running(server, name) for name in server.models}
    wanted = asked or server.model
    model = _running(server, wanted)
    gone = model not in offered
    if gone and not former:
        raise InvalidInput(f"The model “{wanted[:80]}” isn't set up here. There are: {', '.join(server.models)}.")
    if gone:
        model = _running(server, server.model)
    unpriced = rules(model).price is None and settings().image_price is None
    if server.profile.name == "openai" and unpriced and not server.emulated:
        raise InvalidInput(
            f"Nobody knows here what the model “{model[:80]}” costs, so it isn't run. Whoever runs Loupe can set "
            "LOUPE_IMAGE_PRICE to the US dollars for one picture, or another model."
        )
    retired = server.profile.name == "openai" and rules(wanted).state == "retired"
    return model, wanted if gone or retired else None


def _running(server: openai.Connection, name: str) -> str:
    """The dated name behind an alias, the successor of what is gone; other servers call their models what they like."""
    return running(name)[0] if server.profile.name == "openai" else name


def _canvas(
    template: recipes.Template, known: Rules, size: tuple[int, int], region: Mapping[str, Any] | None
) -> canvas.Canvas:
    """The region with what is around it; all of the picture where the region marks what stays, or nothing is marked."""
    marks = region is not None and template.region.rule != "subject"
    mask = exact.mask(region, size, storage.store().get) if marks else None
    sizes = known.sizes
    if isinstance(sizes, canvas.Rule):
        sizes = replace(sizes, most=min(sizes.most, LARGEST))
    return canvas.plan(size, region=mask, sizes=sizes)


def _guide(known: Rules, asked: str | None, marked: bool, former: bool) -> str:
    """What shows the model the region: a mask where it takes one, else an outline, else words."""
    able = {"mask": known.mask, "markup": known.markup, "none": True}
    can = [name for name, does in able.items() if does]
    if asked is not None and asked not in can and not former:
        raise InvalidInput(f"This model can't be guided by “{asked[:40]}”. It takes: {', '.join(can)}.")
    if not marked:
        return "none"
    return asked if asked in can else can[0]


def _choice(name: str, asked: str | None, offered: tuple[str, ...], usual: str | None, former: bool) -> str | None:
    """The value of an optional field; None where model or server don't take it."""
    if asked is not None and asked not in offered and not former:
        takes = f"It takes: {', '.join(offered)}." if offered else f"It takes no {name}: leave it out."
        raise InvalidInput(f"This model can't be run with the {name} “{asked[:40]}”. {takes}")
    return asked if asked in offered else usual if usual in offered else None


def _references(template: recipes.Template, resolved: Mapping[str, recipes.Resolved], known: Rules) -> list[str]:
    """SHA-256 of the brand's marks among the values, which the model sees after the picture itself."""
    marks = (str(resolved[one.name]) for one in template.parameters if one.kind == "mark" and one.name in resolved)
    return list(dict.fromkeys(marks))[: known.most_images - 1]


def _prompt(
    template: recipes.Template, resolved: Mapping[str, recipes.Resolved], guideline: recipes.Guideline, guide: str,
    references: list[str],
) -> str:  # fmt: skip
    said = [recipes.render_prompt(template, resolved, guideline), TOLD[guide], KEEP]
    if references:
        marks = [guideline.mark(sha256) for sha256 in references]
        names = [harmless(mark.name) if mark else "a mark of the brand" for mark in marks]
        said.append(REFERENCES.format(" ".join(f"Picture {n} is {name}." for n, name in enumerate(names, 2))))
    return "\n".join(said)


def asks(recipe: Mapping[str, Any]) -> bool:
    """Whether a model has to be asked for what `recipe` wants."""
    return recipe["engine"] == "openai" and "output" not in recipe["parameters"]


def price(recipe: Mapping[str, Any], pictures: int) -> Price:
    """What `pictures` results of `recipe` may cost; nothing where the developer's emulator draws them."""
    server = openai.connection()
    if server is not None and server.emulated:
        return Price(0, None)
    known, parameters = rules(recipe["model"]), recipe["parameters"]
    sent = [tuple(parameters["size"]), *(_size(sha256) for sha256 in parameters.get("references", ()))]
    micros = pricing.estimate(
        known, size=sent[0], quality=parameters.get("quality"), pictures=pictures, inputs=sent,
        fidelity=parameters.get("input_fidelity"), partials=previews(server, recipe["model"]),
        own_price=settings().image_price, characters=len(recipe["prompt"]),
    )  # fmt: skip
    return Price(micros, known.price.as_of if known.price and micros is not None else None)


def previews(server: openai.Connection | None, model: str) -> int:
    """How many previews of each picture the model is asked for while it draws; they don't change the picture."""
    known = server.rules(model) if server else None
    return min(PARTIALS, known.most_partials) if known and known.stream else 0


def _size(sha256: str) -> tuple[int, int]:
    found = headers.parse(storage.store().get(sha256))
    return (found.width, found.height) if found else (1024, 1024)


def operator(operator_id: object, founded: object) -> str:
    """Who asks, as the provider may know it: a hash that tells people apart and names nobody."""
    return hashlib.sha256(f"{founded}\n{operator_id}".encode()).hexdigest()

"""Before anything runs: which image models there are, and what an edit by one of them may cost."""

from dataclasses import dataclass
from datetime import date

from workbench.edits import generating, proposing
from workbench.edits.wishes import Wish
from workbench.engines import openai
from workbench.engines.rules import Rules
from workbench.errors import InvalidInput
from workbench.permissions import Actor, require

NOT_KNOWN = "What the model “{model}” costs is not known here."
FREE = "Drawn by the emulator for developers: it costs nothing."


@dataclass(frozen=True)
class Estimate:
    """What an edit by an image model may cost."""

    #: millionths of a US dollar; None = not known
    micros: int | None
    #: the one that takes the request today
    model: str
    #: width and height of what is sent and drawn
    size: tuple[int, int]
    pictures: int
    #: the day of the price table
    priced_at: date | None
    #: what is to be said besides the amount; "" where nothing is
    sentence: str
    #: x, y, width and height of the part of the picture that is sent
    crop: tuple[int, int, int, int]


@dataclass(frozen=True)
class ModelChoice:
    """The image models that are set up."""

    #: as their server takes them; the first is the usual one
    models: tuple[Rules, ...]
    #: whether a developer's emulator stands in for them
    emulated: bool
    #: name of the kind of server
    profile: str
    url_host: str


def models(actor: Actor) -> ModelChoice | None:
    """The image models that may be chosen, None where none is set up. Raises InvalidInput for wrong settings."""
    require(actor, "asset:view")
    server = openai.connection()
    if server is None:
        return None
    chosen = tuple(server.rules(name) for name in server.models)
    return ModelChoice(chosen, server.emulated, server.profile.name, server.host)


def estimate(actor: Actor, words: str, wish: Wish) -> Estimate:
    """What `wish` on the newest version of the asset `words` may cost; nothing is queued. Raises as `propose` does."""
    require(actor, "edit:propose")
    found = proposing.ground(words, wish.template)
    recipe = proposing.recipe_of(found, wish, settle=False)[0].document
    if not generating.asks(recipe):
        raise InvalidInput("Only an image model costs money; this edit asks none.")
    price = generating.price(recipe, wish.candidates)
    width, height = recipe["parameters"]["size"]
    x, y, across, down = recipe["parameters"]["canvas"]["crop"]
    server = openai.connection()
    sentence = NOT_KNOWN.format(model=recipe["model"]) if price.micros is None else ""
    if server is not None and server.emulated:
        sentence = FREE
    return Estimate(
        price.micros, recipe["model"], (width, height), wish.candidates, price.priced_at, sentence,
        (x, y, across, down),
    )  # fmt: skip

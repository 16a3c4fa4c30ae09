"""The image model as people meet it: is one set up, can it be reached, does a small edit work."""

from dataclasses import dataclass

from sqlmodel import Session

from workbench import audit, budgets, db
from workbench.engines import limits, openai, pricing
from workbench.engines.rules import Rules
from workbench.errors import InvalidInput, NotYet, OverBudget
from workbench.permissions import Actor, require
from workbench.settings import settings

#: what the small edit draws: the smallest size that every model takes
SIZE = (1024, 1024)
NONE_SET = (
    "No image model is set up, so only exact edits run. Whoever runs Loupe sets LOUPE_IMAGE_URL, LOUPE_IMAGE_KEY and "
    "LOUPE_IMAGE_MODELS, or OPENAI_API_KEY alone; docs/reference/settings.md says more."
)


@dataclass(frozen=True)
class ImageModel:
    """What is set up. Never its key."""

    host: str
    #: the kind of server
    profile: str
    #: the rules of its models as far as they hold on this server, the default one first
    rules: tuple[Rules, ...]
    #: whether it is the emulator, which draws without a model
    emulated: bool
    limit: limits.Standing
    #: what trying a small edit may cost, None where the price is not known
    micros: int | None


def model(tx: Session) -> ImageModel | None:
    """The image model of the settings, None where none is set up. Raises InvalidInput where they can't be right."""
    connection = openai.connection()
    if connection is None:
        return None
    rules = tuple(connection.rules(name) for name in connection.models)
    return ImageModel(
        connection.host,
        connection.profile.title,
        rules,
        connection.emulated,
        limits.standing(tx, connection.account),
        _price(rules[0]),
    )


def _price(rules: Rules) -> int | None:
    """What the small edit may cost."""
    quality = "low" if "low" in rules.quality else None
    return pricing.estimate(
        rules, size=SIZE, quality=quality, pictures=1, inputs=[SIZE], own_price=settings().image_price
    )


def probe(actor: Actor) -> openai.Probe:
    """Ask the server for its list of models; costs nothing."""
    require(actor, "model:test")
    return openai.probe(_connection())


def trial(actor: Actor) -> openai.Probe:
    """Ask the server for one small picture, which costs what it costs; the ledger says who asked.

    Takes its turn like any other request. Raises NotYet with the seconds to wait when it isn't there, and OverBudget
    where the day's budget has no room for it; it belongs to no edit, so it takes nothing of that room.
    """
    require(actor, "model:test")
    connection = _connection()
    chosen = settings()
    with db.transaction() as tx:
        left = budgets.standing(tx, actor.id, "")
        # where nobody knows the price, any room will do
        if min(left.person, left.day) < (1 if (price := _price(connection.rules())) is None else price):
            raise OverBudget("The budget of today has no room for a small edit. Wait until tomorrow (UTC).")
        wait = limits.take(
            tx, connection.account, most=chosen.image_limit, window=chosen.image_window, waiter=f"trial-{actor.id}"
        )
        if wait:
            limits.leave(tx, connection.account, f"trial-{actor.id}")
    if wait:
        raise NotYet(
            wait, f"All pictures that the account may ask for now are taken by edits. Try again in {wait:.0f} s."
        )
    found = openai.trial(connection)
    with db.transaction() as tx:
        audit.record(tx, actor, "model:try", connection.model, host=connection.host, works=found.works)
    return found


def _connection() -> openai.Connection:
    connection = openai.connection()
    if connection is None:
        raise InvalidInput(NONE_SET)
    return connection

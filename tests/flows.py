"""Edits brought to the state a test starts from, through the same calls that people make."""

import itertools
import uuid

from tests.scenes import poster_png
from workbench import edits, reviews, sources
from workbench.edits import pipeline
from workbench.models import Edit
from workbench.permissions import Actor

_seeds = itertools.count(1)
VALUES = {"source": "#B5532F", "target": "Aster blue"}


def added(actor: Actor, *, name: str = "", main: str = "#B5532F") -> sources.Added:
    """A small poster in the library; each call adds another picture."""
    seed = next(_seeds)
    data = poster_png(main, width=320 + seed, seed=seed)
    return sources.add(actor, data, name=name or f"Poster {seed}", origin="test", named=True)


def proposed(actor: Actor, asset: uuid.UUID | None = None, **wish: object) -> Edit:
    """A queued colour swap."""
    asset = asset or added(actor).asset.id
    return edits.propose(actor, str(asset), edits.Wish(**{"template": "colour-swap", "values": VALUES, **wish}))  # type: ignore[arg-type]


def ready(actor: Actor, asset: uuid.UUID | None = None, **wish: object) -> Edit:
    """A colour swap with its candidate."""
    edit = proposed(actor, asset, **wish)
    pipeline.run_now(edit.id)
    return edit


def submitted(actor: Actor, asset: uuid.UUID | None = None, **wish: object) -> Edit:
    """A colour swap that waits for a decision."""
    return reviews.submit(actor, str(ready(actor, asset, **wish).id)).edit


def accepted(actor: Actor, asset: uuid.UUID | None = None, **wish: object) -> reviews.Decided:
    """A colour swap that became the asset's next version, accepted by its own author."""
    return reviews.accept(actor, str(submitted(actor, asset, **wish).id))

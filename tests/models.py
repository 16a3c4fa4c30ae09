"""An image model's server for tests of edits, and edits that it is asked for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from tests.emulator import Emulator
from tests.outputs import still_png
from workbench import db, edits, sources, storage, versions
from workbench.edits import pipeline
from workbench.models import Edit, ModelCall, Spend
from workbench.permissions import Actor
from workbench.settings import settings

#: a key with which the server is taken for one that costs money
PAID = "sk-paid-for-tests"
#: where the prop of `WISH` may stand: right of the disc, over the bar
PLACE = "300,250,150,150"
WISH: dict[str, Any] = {"template": "add-prop", "values": {"prop": "a linen cloth"}, "region": PLACE}


@contextmanager
def connected(server: Emulator, **more: str) -> Iterator[Emulator]:
    """The settings of this process, and of those it starts, point to `server`."""
    wanted = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": server.key, **more}
    if server.key != "emulator":
        wanted |= {"LOUPE_IMAGE_PROFILE": "openai"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    settings.cache_clear()
    try:
        yield server
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
        settings.cache_clear()


def pictured(actor: Actor, name: str = "Still", **options: int) -> None:
    """A small picture of that name in the library."""
    with db.transaction() as tx:
        there = tx.scalar(sa.text("select count(*) from assets where name = :name"), {"name": name})
    if not there:
        sources.add(actor, still_png(**options), name=name, origin="test")


def asked(actor: Actor, name: str = "Still", **changes: Any) -> Edit:
    """A queued edit by a model; the picture is added where it isn't there."""
    pictured(actor, name)
    return edits.propose(actor, name, edits.Wish(**{**WISH, **changes}))


def run(edit: Edit) -> edits.Shown:
    """The edit, run in this process."""
    pipeline.run_now(edit.id)
    return shown(edit)


def shown(edit: Edit) -> edits.Shown:
    with db.transaction() as tx:
        return edits.show(tx, str(edit.id))


def calls(edit: Edit) -> list[ModelCall]:
    with db.transaction() as tx:
        return edits.calls(tx, edit.id)


def spend(edit: Edit) -> Spend:
    with db.transaction() as tx:
        return tx.get_one(Spend, edit.id)


def given(fence: edits.Fence, *pictures: bytes) -> None:
    """As when a worker died after the answer was kept: the edit's call has given these PNG files."""
    with db.transaction() as tx:
        outputs = [
            {"sha256": storage.store().put(one), "size": len(one), "media_type": "image/png"} for one in pictures
        ]
        for one in outputs:
            versions.add_blob(tx, one["sha256"], one["size"], one["media_type"])
        tx.add(ModelCall(
            edit_id=fence.edit_id, attempt=fence.attempt, number=1, account="0" * 16, model="gpt-image-2",
            images=len(outputs), state="answered", ended_at=datetime.now(UTC), outputs=outputs, billed="yes", micros=0,
        ))  # fmt: skip

"""Where a raw output was used, everybody who meets the edit or the version sees it, with the reason and the person."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests import flows, outputs
from tests.pages import opened, said
from tests.scenes import encoded
from workbench import db, reviews, sources, versions
from workbench.edits import pipeline
from workbench.models import Asset, Edit
from workbench.permissions import Actor
from workbench.ui.history import record
from workbench.ui.history.record import Record

pytestmark = pytest.mark.usefixtures("rules")
REASON = "The <i>paper</i> looks crisper."


def submitted(actor: Actor, **wish: object) -> Edit:
    """An edit of another tool's output, waiting for a decision."""
    asset = sources.add(actor, encoded(outputs.still()), name="Still life", origin="test", named=True).asset
    edit = flows.proposed(
        actor,
        asset.id,
        template="label-recolour",
        values=outputs.VALUES,
        engine="external",
        region=outputs.BOX,
        output=outputs.output(),
        **wish,
    )
    pipeline.run_now(edit.id)
    return reviews.submit(actor, str(edit.id)).edit


def handed(page: AppTest, component: str) -> dict[str, Any]:
    """What the page hands to one of its own components."""
    found = [one.proto for one in page.get("bidi_component") if one.proto.component_name == component]
    data: dict[str, Any] = json.loads(found[0].json)
    return data


def marks(page: AppTest) -> list[str]:
    """The mark of each tile, from the first to the last; "" for none."""
    return [(tile.get("mark") or {"words": ""})["words"] for tile in handed(page, "loupe_tiles")["items"]]


def test_the_queue_and_the_panel_of_a_review_mark_a_raw_output(me: Actor) -> None:
    flows.submitted(me)
    edit = submitted(me, lock={"raw": True}, reason=REASON)
    page = opened("review", "lead", edit=str(edit.id), show="waiting")
    assert sorted(marks(page)) == ["", "Raw output"]
    words = said(page)
    assert "Raw output, not locked" in words and "The &lt;i&gt;paper&lt;/i&gt; looks crisper." in words
    assert "Used by Root." in words
    assert handed(page, "loupe_compare")["after"]["raw"] is None, "it is its own raw output"


def test_a_version_made_of_a_raw_output_stays_marked_also_when_it_is_brought_back(me: Actor) -> None:
    edit = submitted(me, lock={"raw": True}, reason=REASON)
    asset = reviews.accept(me, str(edit.id), note="Agreed").asset
    versions.revert(me, str(asset.id), 1)
    versions.revert(me, str(asset.id), 2)
    page = opened("history", asset=str(asset.id))
    assert marks(page) == ["Raw output", "", "Raw output", ""]
    assert "Raw output, not locked" in said(page), "version 4 has the bytes of version 2"
    assert "Raw output, not locked" not in said(opened("history", asset=str(asset.id), version="3"))


def test_the_exported_provenance_says_that_an_output_was_not_locked(me: Actor) -> None:
    edit = submitted(me, lock={"raw": True}, reason=REASON)
    asset = reviews.accept(me, str(edit.id), note="Agreed").asset
    with db.transaction() as tx:
        raw, first = (versions.entries(tx, asset, {number})[number] for number in (2, 1))
    assert provenance(me, asset, raw)["raw"] == {"reason": REASON, "by": me.email}
    assert provenance(me, asset, first)["raw"] is None


def provenance(actor: Actor, asset: Asset, entry: versions.Entry) -> dict[str, Any]:
    return record.document(Record(actor, asset, [entry], entry, entry, None, None, 1, False, 0, ""))


def test_a_locked_output_is_not_marked_and_shows_its_maps_and_its_raw_output(me: Actor) -> None:
    edit = submitted(me)
    page = opened("review", "lead", edit=str(edit.id))
    assert marks(page) == [""] and "Raw output, not locked" not in said(page)
    after = handed(page, "loupe_compare")["after"]
    assert all(after[name].startswith("/blob/") for name in ("url", "mask", "found", "heat", "raw"))
    assert after["lock_note"].endswith("taken away by the lock")
    asset = reviews.accept(me, str(edit.id)).asset
    history = handed(opened("history", asset=str(asset.id)), "loupe_compare")["after"]
    assert {name: history[name] for name in ("mask", "found", "heat", "raw", "lock_note")} == {
        name: after[name] for name in ("mask", "found", "heat", "raw", "lock_note")
    }
    versions.revert(me, str(asset.id), 1)
    moved_on = handed(opened("history", asset=str(asset.id), version="2", against="3"), "loupe_compare")["after"]
    assert moved_on["raw"] is None and moved_on["heat"] is None, "they belong to what the edit began on"

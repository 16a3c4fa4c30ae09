"""Approving what was proposed: the deed is done before the page reads again, so that a refusal is not lost."""

from collections.abc import Callable

import streamlit as st

from workbench import guidelines, templates
from workbench.models import GuidelineRevision, TemplateRevision
from workbench.permissions import Actor, may
from workbench.ui import address, deeds, who, words

PLACE = "approve"


def template(actor: Actor, row: TemplateRevision) -> None:
    """Draw “Approve” for a proposed revision of a template."""
    _button(may(actor, "template:approve"), row, _template)


def guideline(actor: Actor, row: GuidelineRevision) -> None:
    """Draw “Approve” for a proposed revision of the guideline."""
    _button(may(actor, "guideline:approve"), row, _guideline)


def _button(able: bool, row: TemplateRevision | GuidelineRevision, deed: Callable[..., None]) -> None:
    st.button(
        "Approve",
        type="primary",
        key=f"approve-{row.id}",
        disabled=not able,
        help=None if able else "A lead can approve it.",
        on_click=deed,
        args=(row,),
    )


def _template(row: TemplateRevision) -> None:
    if deeds.attempt(PLACE, lambda: templates.approve(who.actor(), row.name, row.revision)):
        deeds.say(f"Revision {row.revision} of **{words.plain(row.title)}** runs from now on.")
    address.put(template=row.name, revision=str(row.revision))


def _guideline(row: GuidelineRevision) -> None:
    if deeds.attempt(PLACE, lambda: guidelines.approve(who.actor(), row.revision)):
        deeds.say(f"Revision {row.revision} of the guideline holds from now on.")
    address.put(revision=str(row.revision))

"""The image model: what is set up, whether it can be reached, its limits and prices with their sources."""

from datetime import UTC, datetime
from html import escape

import streamlit as st

from workbench import insights
from workbench.budgets import dollars
from workbench.engines.openai import Probe
from workbench.engines.rules import Rules, drawn
from workbench.insights import ImageModel
from workbench.permissions import Actor, may
from workbench.ui import deeds, empty, shell, words
from workbench.ui.insights import today
from workbench.ui.insights.board import Board
from workbench.ui.report import icon

_FOUND, PLACE = "model-found", "model"
#: what a model's state means, in its own line
STATES = {"deprecated": "will be shut down", "retired": "was shut down", "moving": "changes without notice"}


def show(board: Board) -> None:
    """Draw the panel; who may not test sees only whether there is one."""
    shell.label("Image model")
    if board.wrong:
        empty.warning(board.wrong, "Not set up rightly")
    elif board.model is None:
        shell.muted(insights.NONE_SET)
    elif not may(board.actor, "model:test"):
        shell.muted("An image model is set up: templates that need one can run.")
    else:
        _facts(board.model)
        _test(board.actor, board.model)
        for place, rules in enumerate(board.model.rules):
            _rules(rules, " · default" if place == 0 and len(board.model.rules) > 1 else "")


def _facts(model: ImageModel) -> None:
    if model.emulated:
        empty.warning("An emulator on this machine draws in place of a model. Nothing it makes is for use.", "Emulator")
    shell.facts([("Server", model.host), ("Kind", model.profile)])
    limit = model.limit
    share = limit.used / limit.most if limit.most else 1.0
    today.meter(f"Asked for in {limit.window:g} s", f"{limit.used:,} of {words.count(limit.most, 'picture')}", share)
    if limit.blocked_for:
        shell.muted(f"The provider wants a pause: {limit.blocked_for:.0f} s are left.")
    if waiting := limit.waiting + limit.waiting_batch:
        shell.muted(f"{words.count(waiting, 'picture')} wait for their turn.")


def _rules(rules: Rules, beside: str) -> None:
    state = STATES.get(rules.state, "")
    name = f"{rules.title}{beside}{f' · {state}' if state else ''}"
    with st.expander(words.plain(name)):
        price = rules.price
        shell.facts(
            [
                ("Name", rules.name),
                ("Sizes", drawn(rules.sizes)),
                ("Quality", ", ".join(rules.quality) or "no choice"),
                ("Pictures at once", f"{rules.most_pictures}"),
                ("Pictures sent", f"up to {rules.most_images}"),
                ("A picture drawn", f"${price.image_out:g} for a million tokens" if price else "price not known"),
                ("A picture sent", f"${price.image_in:g} for a million tokens" if price else "price not known"),
            ]
        )
        if price:
            shell.muted(f"Prices of {price.as_of:%-d %B %Y}: {price.source}.")
        known = f"Rules of {rules.as_of:%-d %B %Y}: {rules.source}." if rules.known else (
            "This model is not in Loupe’s table, so these are the rules that any server of this kind is likely to keep."
        )  # fmt: skip
        shell.muted(known)


def _test(actor: Actor, model: ImageModel) -> None:
    deeds.refusal(PLACE, "Not tested")
    if kept := st.session_state.get(_FOUND):
        _result(*kept)
    if st.button("Test connection", key="model-test", width="stretch", help="Asks for the list of models; free."):
        with st.spinner(f"Asking {model.host} …"):
            found = deeds.attempt(PLACE, lambda: insights.probe(actor))
        _keep("The server answers", found)
    if st.button("Try a small edit", key="model-try", width="stretch"):
        st.dialog("Try a small edit?")(body)(actor, model)


def body(actor: Actor, model: ImageModel) -> None:
    """Draw what is in the dialog."""
    deeds.refusal(PLACE, "Not tried")
    price = f"about {dollars(model.micros)}" if model.micros is not None else "what your provider takes for one picture"
    shell.muted(
        f"One small drawn picture goes to {model.rules[0].title} at {model.host}, which is asked for one picture in "
        f"its lowest quality. It costs {price}. The answer is checked and thrown away; the ledger says that you asked."
    )
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if st.button("Don’t try", key="model-try-no"):
            st.rerun()
        if st.button(
            "Try it" if model.micros is None else f"Try it for {dollars(model.micros)}",
            type="primary",
            key="model-try-yes",
        ):
            with st.spinner("Waiting for the picture …"):
                found = deeds.attempt(PLACE, lambda: insights.trial(actor))
            if found is None:
                st.rerun(scope="fragment")
            _keep("A small edit works", found)


def _keep(title: str, found: Probe | None) -> None:
    """Remember what was found for the next run of the page, and start it."""
    if found is None:
        st.session_state.pop(_FOUND, None)
    else:
        st.session_state[_FOUND] = (
            found.works,
            title if found.works else "It does not work",
            found.words,
            datetime.now(UTC),
        )
    st.rerun()


def _result(works: bool, title: str, sentence: str, at: datetime) -> None:
    kind, role = ("pass", "status") if works else ("fail", "alert")
    st.html(
        f'<div class="lp-notice lp-{kind}" role="{role}">{icon(words.verdict(kind))}<div><b>{escape(title)}</b>'
        f"<span>{escape(sentence, quote=True)} Asked {words.when(at)}.</span></div></div>"
    )

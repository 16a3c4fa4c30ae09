"""A proof on the page: how far it is, how many pictures passed, and all of them before and after."""

import uuid
from collections.abc import Mapping
from html import escape
from pathlib import Path

import streamlit as st

from workbench import db, jobs, proofs, templates
from workbench.proofs import Item, Outcome, Shown
from workbench.ui import deeds, empty, measured, progress, shell, sides, who, words
from workbench.ui.compare import compare
from workbench.ui.report import Verdict, icon
from workbench.ui.templates.board import Board
from workbench.ui.templates.contact import Pair, contact

STYLES = Path(__file__).parent / "proof.css"
PLACE = "proof"
_LOOK = "proof-look"
#: outcome → its verdict's icon and colour, the word on its picture, and how it is counted
OUTCOMES: dict[Outcome, tuple[Verdict, str, str]] = {
    "passed": ("pass", "Pass", "passed"),
    "review": ("review", "Review", "to be looked at"),
    "failed": ("fail", "Fail", "failed"),
    "refused": ("none", "Refused", "refused"),
    "cancelled": ("none", "Not run", "not run"),
    "waiting": ("none", "Waiting", "waiting"),
}
#: the order in which a finished proof is looked at
URGENT: tuple[Outcome, ...] = ("failed", "review", "refused", "passed", "waiting", "cancelled")


def show(board: Board) -> None:
    """Draw the newest proof of the revision, or that there is none."""
    row, shown = board.chosen, board.proof
    if row is None:
        return
    deeds.refusal(PLACE)
    if shown is None:
        if row.state == "proposed":
            empty.warning(
                "Prove it on real pictures first: the approval then says on how many it passed. It can be approved "
                "without, and the record says so.",
                "Not proven on any picture",
            )
    elif shown.state == "running":
        _watch(shown.proof.id, _labels(board))
    else:
        _head(shown, _labels(board))
        _sheet(shown, _labels(board))


def look(board: Board) -> bool:
    """Open the pair that was pressed, large; False when none was."""
    wanted = st.session_state.pop(_LOOK, None)
    item = next((one for one in (board.proof.items if board.proof else []) if str(one.asset.id) == wanted), None)
    if item is not None:
        st.dialog(words.plain(item.asset.name), width="large")(_large)(item, _labels(board))
    return item is not None


def said(board: Board) -> str:
    """What stands beside “Approve”: the proof that the approval will name, in a few words."""
    if board.chosen is None or board.chosen.state != "proposed":
        return ""
    if board.proven is None:
        return "not proven on any picture"
    return f"{_share(board.proven.passed, board.proven.pictures)}, {words.moment(board.proven.at)}"


def _share(passed: int, pictures: int) -> str:
    return f"{passed} of {pictures} passed ({100 * passed / pictures:.0f} %)"


def _labels(board: Board) -> dict[str, str]:
    parameters = templates.definition(board.chosen).parameters if board.chosen else ()
    return {one.name: one.words for one in parameters}


@st.fragment(run_every=1.0)
def _watch(proof_id: uuid.UUID, labels: Mapping[str, str]) -> None:
    """How far it is, once a second, with what is there already; the page starts anew when it is done."""
    with db.transaction() as tx:
        shown = proofs.show(tx, str(proof_id))
        attended = jobs.anybody_there(tx)
    if shown.state != "running":
        st.rerun()
    waiting = shown.counts.get("waiting", 0)
    done = len(shown.items) - waiting
    said = f"Proving on {words.count(len(shown.items), 'picture')}"
    if not attended:
        said = (
            "In the queue. Nobody is there to run it: whoever runs Loupe can start a worker, and it goes on by itself."
        )
    if progress.show(
        done / len(shown.items), said, note=f"{done} of {len(shown.items)}", cancel="Cancel proof", key="proof"
    ):
        deeds.attempt(PLACE, lambda: proofs.cancel(who.actor(), str(proof_id)))
        st.rerun()
    _sheet(shown, labels)


def _head(shown: Shown, labels: Mapping[str, str]) -> None:
    passed = escape(_share(shown.passed, len(shown.items)))
    counts = [(outcome, shown.counts[outcome]) for outcome in OUTCOMES if shown.counts.get(outcome)]
    bar = "".join(
        f'<i class="lp-{OUTCOMES[outcome][0]} {outcome}" style="flex:{number}"></i>' for outcome, number in counts
    )
    legend = "".join(
        f'<li class="lp-{OUTCOMES[outcome][0]}">{icon(OUTCOMES[outcome][0])}{number} {OUTCOMES[outcome][2]}</li>'
        for outcome, number in counts
    )
    typed = ", ".join(
        f"{label} {shown.proof.values[name]}" for name, label in labels.items() if name in shown.proof.values
    )
    facts = [escape(part, quote=True) for part in (typed, f"by {words.person(shown.author)}") if part]
    stopped = "Cancelled · " if shown.state == "cancelled" else ""
    st.html(
        f'<section class="lp-proof" aria-label="Proof"><h2>{stopped}{passed}</h2>'
        f'<div class="bar" aria-hidden="true">{bar}</div><ul>{legend}</ul>'
        f"<p>{' · '.join([*facts, words.when(shown.proof.created_at)])}</p></section>"
    )


def _sheet(shown: Shown, labels: Mapping[str, str]) -> None:
    items = shown.items
    if shown.state != "running":  # what wants a look comes first; while it runs nothing changes its place
        items = sorted(items, key=lambda item: URGENT.index(item.outcome))
    pressed = contact([_pair(item, labels) for item in items], label="Before and after", key="contact")
    if pressed:
        st.session_state[_LOOK] = pressed
        st.rerun()


def _pair(item: Item, labels: Mapping[str, str]) -> Pair:
    verdict, word, _ = OUTCOMES[item.outcome]
    running = item.edit is not None and item.edit.state == "running"
    sentence = _said(item, labels)
    after = {"url": words.blob(item.after.thumb_sha256), "alpha": item.after.alpha} if item.after else None
    return {
        "id": str(item.asset.id),
        "title": item.asset.name,
        "sub": words.facts(item.after or item.before),
        "chip": {"kind": verdict, "words": "Running" if running else word},
        "before": {"url": words.blob(item.before.thumb_sha256), "alpha": item.before.alpha},
        "after": after if item.outcome != "cancelled" else None,  # type: ignore[typeddict-item]
        "instead": "In the queue" if item.outcome == "waiting" and not running else "" if running else "No result",
        "sentence": sentence,
        "hint": f"{item.asset.name}. {sentence}",
    }


def _said(item: Item, labels: Mapping[str, str]) -> str:
    """The first sentence that matters, with the parameters by their labels."""
    sentence = item.sentences[0] if item.sentences else ""
    for name, label in labels.items():
        sentence = sentence.replace(f"“{name}”", f"“{label}”")
    return sentence


def _large(item: Item, labels: Mapping[str, str]) -> None:
    before = sides.picture("Before", "as it is", item.before)
    if item.candidate is None or item.after is None:
        empty.error(_said(item, labels), "No result") if item.failure else shell.muted("It has no result yet.")
        compare(before, key="proof-viewer", height="min(56dvh, 560px)")
        return
    compare(before, sides.candidate(item.candidate, item.after), key="proof-viewer", height="min(56dvh, 560px)")
    measured.show(item.candidate)

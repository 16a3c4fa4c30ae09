"""The action bar of the Review page: accept, reject with a reason, undo, and the way through the queue."""

import streamlit as st

from workbench import reviews
from workbench.permissions import Actor, may
from workbench.ui import deeds, shell, words
from workbench.ui.keys import keys
from workbench.ui.review import panel
from workbench.ui.review.queue import Queue

REASONS = ("Colour", "Copy", "Edge is visible", "Something else moved", "Not the brief")


def show(queue: Queue, note: str) -> None:
    """Draw the bar. Keys hold the edit's id: a late second click can never decide the next edit."""
    shown = queue.shown
    ident = str(shown.edit.id) if shown else "none"
    chosen = shown.chosen if shown else None
    open_ = shown is not None and chosen is not None and shown.edit.state == "submitted"
    with shell.bar("Decide", _note_of_place(queue)):
        alone = queue.neighbour(1) is None
        st.button("Previous", type="tertiary", key="prev", disabled=alone, on_click=_open, args=(queue.neighbour(-1),))
        st.button("Next", type="tertiary", key="next", disabled=alone, on_click=_open, args=(queue.neighbour(1),))
        _undo_button(queue)
        refused = st.button("Reject", key=f"reject-{ident}", disabled=not open_ or not may(queue.actor, "edit:reject"))
        st.button(
            "Accept",
            key=f"accept-{ident}",
            type="primary",
            disabled=not open_ or not _acceptable(queue, note),
            on_click=_accept,
            args=(queue.actor, ident, chosen[0].sha256 if chosen else "", note, queue.neighbour(1)),
        )
    if refused and shown and chosen:
        _reject(queue.actor, ident, chosen[0].sha256, shown.asset.name, queue.neighbour(1))


def bind() -> None:
    """Let the keys press the buttons; outside the bar, where even an empty component would take a gap."""
    keys({"Y": "accept-", "N": "reject-", "U": "undo-", "ArrowUp": "prev", "ArrowDown": "next"})


def _acceptable(queue: Queue, note: str) -> bool:
    shown = queue.shown
    if shown is None or shown.outdated or not may(queue.actor, "edit:accept"):
        return False
    if queue.four_eyes and shown.edit.author_id == queue.actor.id:
        return False
    return bool(note.strip()) or not panel.failing(queue)


def _note_of_place(queue: Queue) -> str:
    if not queue.rows:
        return ""
    if not may(queue.actor, "edit:accept"):
        return "A lead decides"
    return (
        f"**{queue.place + 1} of {len(queue.rows)}**"
        if queue.place is not None
        else words.count(len(queue.rows), "edit")
    )


def _open(ident: str | None) -> None:
    if ident:
        st.query_params["edit"] = ident
    else:
        st.query_params.pop("edit", None)


def _accept(actor: Actor, ident: str, seen: str, note: str, following: str | None) -> None:
    if deeds.hasty(("accept", ident)):
        return _open(ident)  # the second half of a double click, which fell on the next edit
    done = deeds.once(
        ("accept", ident),
        lambda: deeds.attempt("review", lambda: reviews.accept(actor, ident, note=note.strip(), seen=seen)),
    )
    if done is None or done.version is None or done.decision is None:
        return _open(ident)  # beside the sentence that says why not
    own = ", self-approved" if done.decision.self_approved else ""
    name = words.plain(done.asset.name)
    _open(following)
    return deeds.say(f"**{name}** accepted{own}: it is now version {done.version.number}. Press U to undo.")


@st.dialog("Reject this edit?", width="small")
def _reject(actor: Actor, ident: str, seen: str, name: str, following: str | None) -> None:
    why = st.pills("What is wrong", REASONS, selection_mode="multi", key=f"why-{ident}")
    more = st.text_area(
        "Reason", placeholder="The author reads this word for word", height=88, max_chars=1000, key=f"reason-{ident}"
    )
    st.caption("Nothing is deleted. The author can run it again with other values.")
    deeds.refusal("reject", "Not sent")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Keep looking", key="keep-looking"):
            st.rerun()
        if st.button("Send rejection", type="primary", key="send-rejection"):
            reason = ": ".join(part for part in (", ".join(why), more.strip()) if part)
            sent = deeds.once(
                ("reject", ident),
                lambda: deeds.attempt("reject", lambda: reviews.reject(actor, ident, reason=reason, seen=seen)),
            )
            if sent:
                deeds.say(f"**{words.plain(name)}** rejected. Its author reads why.")
                _open(following)
                st.rerun()
            st.rerun(scope="fragment")


def _undo_button(queue: Queue) -> None:
    """Undo the shown edit's acceptance, else this person's last one, while its version is the newest."""
    shown, last = queue.shown, queue.last
    target: tuple[str, str] | None = None
    if shown and shown.edit.state == "accepted" and shown.decisions[-1][0].version_id == shown.asset.head_id:
        target = str(shown.edit.id), shown.asset.name
    elif last and last[0].verb == "accept" and last[1].state == "accepted" and last[0].version_id == last[2].head_id:
        target = str(last[1].id), last[2].name
    st.button(
        "Undo",
        key=f"undo-{target[0] if target else 'none'}",
        disabled=target is None or not may(queue.actor, "edit:undo"),
        help=f"Take back the acceptance of {words.plain(target[1])}" if target else None,
        on_click=_undo,
        args=(queue.actor, target[0] if target else ""),
    )


def _undo(actor: Actor, ident: str) -> None:
    done = deeds.once(("undo", ident), lambda: deeds.attempt("review", lambda: reviews.undo(actor, ident)))
    if done and done.version:
        st.query_params["edit"] = ident
        st.query_params.pop("show", None)
        name = words.plain(done.asset.name)
        deeds.say(f"Decision on **{name}** taken back: version {done.version.number} has the bytes from before.")

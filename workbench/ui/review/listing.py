"""The left panel: which edits, how far the day's queue is, and the queue itself."""

import streamlit as st

from workbench import edits
from workbench.ui import address, rawmark, shell, words
from workbench.ui.review.queue import SHOWS, Queue
from workbench.ui.tiles import Chip, Tile, tiles, verdict


def show(queue: Queue) -> None:
    """Draw the panel; a press opens another edit."""
    st.segmented_control(
        "Show",
        SHOWS,
        default=queue.show,
        format_func=str.capitalize,
        required=True,
        label_visibility="collapsed",
        width="stretch",
        key=f"show-{queue.show}",
        on_change=_other_list,
        args=(f"show-{queue.show}",),
    )
    if queue.show == "waiting":
        _progress(queue)
    else:
        paged = queue.further or address.said("after")
        many = "newest first" if paged else words.count(len(queue.rows), "edit")
        shell.label("My edits" if queue.show == "mine" else "Decided", many)
    if not queue.rows:
        return
    chosen = str(queue.shown.edit.id) if queue.shown else None
    picked = tiles(
        [_tile(queue, row, heading) for row, heading in queue.rows],
        chosen=chosen,
        layout="list",
        label="Edits",
        key="queue",
        height="calc(var(--lp-room) - 104px)" if not _paged(queue) else "calc(var(--lp-room) - 156px)",
    )
    if _paged(queue):
        _pager(queue)
    if picked and picked != chosen:
        st.query_params["edit"] = str(picked)
        st.rerun()


def _paged(queue: Queue) -> bool:
    return queue.show != "waiting" and bool(queue.further or address.said("after"))


def _pager(queue: Queue) -> None:
    with st.container(horizontal=True, gap="small"):
        if st.button("Newest", key="edits-first", disabled=not address.said("after"), width="stretch"):
            address.put(after=None, edit=None)
            st.rerun()
        if st.button("Older", key="edits-next", disabled=queue.further is None, width="stretch"):
            address.put(after=queue.further, edit=None)
            st.rerun()


def _other_list(key: str) -> None:
    address.put(show=st.session_state[key], edit=None, after=None)


def _progress(queue: Queue) -> None:
    waiting = len(queue.rows)
    more = "+" if queue.further else ""
    done = queue.today / (queue.today + waiting) if queue.today + waiting else 0.0
    st.progress(
        done, text=f"{queue.today} of {queue.today + waiting}{more} decided today" if waiting else "Nothing waits"
    )


def _tile(queue: Queue, row: edits.Row, heading: str) -> Tile:
    author = "" if queue.show == "mine" else f"{words.person(row.author)} · "
    at = row.edit.submitted_at or row.edit.created_at
    chip: Chip = verdict(words.verdict(row.verdict)) if queue.show == "waiting" else words.state(row.edit.state)
    return {
        "id": str(row.edit.id),
        "img": words.blob(row.thumb_sha256) if row.thumb_sha256 else None,
        "title": row.asset.name,
        "sub": f"{author}{words.moment(at)}",
        "chip": chip,
        "mark": rawmark.CHIP if row.edit.raw else None,
        "group": heading,
        "hint": f"{row.asset.name}: {row.edit.summary}",
    }

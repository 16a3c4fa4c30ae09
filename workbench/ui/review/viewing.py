"""The middle: the edit's before and after in full resolution, or a word on why there is nothing to look at."""

from workbench.ui import empty, makers, sides, words
from workbench.ui.compare import compare
from workbench.ui.review.queue import Queue

NOTHING = {
    "waiting": ("Nothing waits for a decision", "What designers submit appears here, the longest waiting first."),
    "mine": (
        "You have run no edits yet",
        "Your edits appear here with what became of them. They begin on the Edit page.",
    ),
    "done": ("Nothing has been decided yet", "Decided edits stay here, with who decided and why."),
}


def show(queue: Queue) -> None:
    """Draw the middle of the page."""
    shown = queue.shown
    if shown is None:
        empty.show(*NOTHING[queue.show], key="nothing")
        return
    before = sides.picture("Before", f"version {shown.base.number}", shown.base_picture)
    pair = shown.chosen or next(iter(shown.candidates), None)
    warm = [words.blob(sha256) for sha256 in queue.next_pictures]
    after = sides.candidate(*pair, makers.recipe(shown.edit)) if pair else None
    compare(before, after, key="review-viewer", warm=warm)

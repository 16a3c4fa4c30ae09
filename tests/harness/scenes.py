"""The scenes of the component tests: ?scene=… shows one, built only from the product's components."""

import json
from collections.abc import Callable

import streamlit as st

from workbench.ui import empty, progress, shell
from workbench.ui.compare import Side, compare
from workbench.ui.keys import keys
from workbench.ui.region import Drawn, Extras, Surface, news, region, wanted
from workbench.ui.report import report
from workbench.ui.swatches import swatches
from workbench.ui.tiles import Tile, tiles, verdict

HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
NOTE = "1.84 px and ΔE 3.12 taken away by the lock"
PALETTE = [("Aster blue", "#2747B8"), ("Clay", "#B5532F"), ("Sage", "#7A8F6A")]

st.set_page_config(page_title="Loupe", layout="wide")
shell.frame()


def side(name: str, label: str, **more: str) -> Side:
    return {"url": f"/blob/{name}", "label": label, "facts": "800 × 600 · PNG", "width": 800, "height": 600, **more}  # type: ignore[typeddict-item]


def decide(edit: int, mark: str) -> None:
    decided = st.session_state.setdefault("decided", [])
    # on a busy machine Streamlit runs a second click beside the first; an edit is decided once, as in the product
    if f"{edit}:{mark}" not in decided:
        decided.append(f"{edit}:{mark}")
        st.session_state.now = edit + 1


@st.dialog("Reject this edit?")
def reject(edit: int) -> None:
    st.text_area("Reason")
    if st.button("Send rejection"):
        decide(edit, "rejected")
        st.rerun()


def review() -> None:
    now = st.session_state.setdefault("now", 1)
    left, middle, right = shell.room("review")
    with left:
        shell.label("Waiting", 6)
        items: list[Tile] = [
            {"id": n, "img": "/blob/before.png", "title": f"Edit {n}", "sub": "Colour swap", "chip": verdict("pass")}
            for n in range(1, 7)
        ]
        picked = tiles(items, chosen=now, layout="list", label="Waiting edits", key="queue", height="300px")
        if picked:
            st.session_state.now = picked
            st.rerun()
    with middle:
        after = "after.png" if now % 2 else "after-2.png"
        compare(
            side("before.png", "Before"),
            side(after, "After", mask="/blob/mask.png", raw="/blob/raw.png", lock_note=NOTE),
            key="view",
        )
    with right:
        shell.title(f"Edit {now}", "Colour swap")
        rows = [("Outside the region", "0 px", "0 px", "pass"), (HOSTILE, "1", "≤ 2", "review")]
        report("review", [(HOSTILE, rows)], HOSTILE)
        st.text_input("Note")
        st.text(f"decided: {' '.join(st.session_state.get('decided', [])) or 'nothing'}")
    with shell.bar("Decide", f"**{now} of 6** {HOSTILE}"):
        st.button("Undo", key="undo", disabled=True)
        if st.button("Reject", key=f"reject-{now}"):
            reject(now)
        st.button("Accept", key=f"accept-{now}", type="primary", on_click=decide, args=(now, "accepted"))
    with right:
        keys({"Y": "accept-", "N": "reject-", "U": "undo"})


def viewer() -> None:
    kind = st.query_params.get("kind", "pair")
    model = {"mask": "/blob/mask.png", "found": "/blob/found.png", "heat": "/blob/heat.png", "lock_note": NOTE}
    half = {"part": [0.5, 0.25, 0.5, 0.5], "content": [0.0, 0.25, 1.0, 0.5], "shape": 800 / 600}
    pairs: dict[str, tuple[Side, Side | None]] = {
        "pair": (side("before.png", "Before"), side("after.png", "After", mask="/blob/mask.png", raw="/blob/raw.png")),
        "single": (side("before.png", "Version 1"), None),
        "missing": (side("before.png", "Before"), side("missing.png", "After")),
        "flaky": (side("before.png", "Before"), side("flaky-after.png", "After")),
        "other-size": (side("before.png", "Before"), side("raw.png", "After")),
        "other-shape": (side("before.png", "Before"), side("banner.png", "After")),
        "reframed": (side("before.png", "Before"), side("portrait.png", "After")),
        "cut-out": (side("before.png", "Before"), side("cut-out.png", "After")),
        "banner": (side("banner.png", "Before"), side("banner-2.png", "After")),
        "same": (side("before.png", "Before"), side("before.png", "After")),
        "hostile": (side("before.png", HOSTILE), side("after.png", HOSTILE)),
        "locked": (side("before.png", "Before"), side("after.png", "After", raw="/blob/raw.png", **model)),
        "raw-wide": (side("before.png", "Before"), side("after.png", "After", raw="/blob/raw-wide.png", **model)),
        # the right half of the picture was sent, with a quarter of padding above and below it
        "raw-part": (
            side("before.png", "Before"),
            side("after.png", "After", raw="/blob/raw.png", raw_at=half, **model),
        ),
        "no-raw": (side("before.png", "Before"), side("after.png", "After", raw="/blob/missing.png", **model)),
        "no-heat": (
            side("before.png", "Before"),
            side("after.png", "After", mask="/blob/mask.png", found="/blob/missing.png", raw="/blob/raw.png"),
        ),
        "no-mask": (side("before.png", "Before"), side("after.png", "After", mask="/blob/missing.png")),
    }
    if st.button("Run the page again") and kind == "locked":
        # locked anew: a preview of half the size, of the same raw output
        small = [side("before-small.png", "Before"), side("after-small.png", "After", raw="/blob/raw.png", **model)]
        pairs[kind] = (small[0], small[1])
    compare(*pairs[kind], key="view", height="560px")


def choose() -> None:
    items: list[Tile] = [
        {
            "id": f"p{n}",
            "img": f"/blob/tile-{n}.png" if n else None,
            "title": HOSTILE if n == 2 else f"Picture {n}",
            "group": "First" if n < 4 else "Rest",
            "disabled": n == 3,
            "alpha": n == 5,
        }
        for n in range(60)
    ]
    layout = st.query_params.get("layout", "grid")
    picked = tiles(items, chosen="p1", layout=layout, label="Pictures", key="tiles", height="360px")  # type: ignore[arg-type]
    st.text(f"picked: {picked}")
    target = swatches("To", PALETTE, key="to", default="Clay")
    source = swatches("From", PALETTE, key="from", custom=True)
    st.text(f"colours: {target} {source}")


LABEL = [[0.25, 0.34], [0.75, 0.34], [0.75, 0.66], [0.25, 0.66]]


def draw() -> None:
    surface: Surface = {"subject": "one", "url": "/blob/before.png", "width": 800, "height": 600, "shrunk": 1.0}
    kept = st.session_state.setdefault("drawn", Drawn({"box": [100, 100, 200, 150]}, None))
    kept = st.session_state["drawn"] = news(surface, "draw") or kept
    asked = wanted(surface, "draw")
    region(
        surface,
        kept,
        key="draw",
        layers={"region": "May change", "protect": "Protected"},
        extras=Extras(
            lines=[{"box": [0.3, 0.4, 0.2, 0.05], "text": HOSTILE}] if "lines" in asked else None,
            areas=[{"polygon": LABEL, "rings": [LABEL], "hex": "#7A8F6A", "share": "16 %"}]
            if "areas" in asked
            else None,
        ),
        room="600px",
    )
    st.text(f"region: {json.dumps(kept.region)}")
    st.text(f"protect: {json.dumps(kept.protect)}")


def states() -> None:
    progress.reserve()
    stopped = progress.show(0.42, HOSTILE, note="3 of 7", cancel="Stop", key="a")
    progress.show(None, "Waiting for the engine", key="b")
    empty.error(HOSTILE)
    empty.warning("Two colours are close to each other.")
    empty.no_right("Only a lead may decide. Ask Ines Roth.")
    pressed = empty.show(HOSTILE, "Pictures that you add appear here.", "Add pictures", key="none")
    shell.facts([("By", HOSTILE), ("At", "today, 10:42", "2026-11-22 10:42:07 UTC")])
    st.text(f"pressed: {pressed} {stopped}")


scenes: dict[str, Callable[[], None]] = {s.__name__: s for s in (review, viewer, choose, draw, states)}
scenes[st.query_params.get("scene", "review")]()
st.query_params["drawn"] = "1"  # tells the test that the whole scene has been sent, and takes no room on the page

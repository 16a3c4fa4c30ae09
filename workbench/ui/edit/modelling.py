"""How an image model makes it: which one, how carefully, how many pictures, and what shows it the place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from workbench.engines.rules import Rules
from workbench.settings import settings
from workbench.ui import makers, shell, words
from workbench.ui.edit import address, engines, marking
from workbench.ui.edit.desk import Desk

#: pictures that one run can ask for here
MOST = 4
#: what is asked for before anybody chose, where the model knows it
USUAL = "high"
QUALITIES = {"auto": "Automatic", "xhigh": "Extra high", "max": "Highest"}
GUIDES = {"mask": "Mask", "markup": "Outline", "none": "Words"}
_GUIDED = {"mask": "by a mask", "markup": "by an outline"}
GUIDE = (
    "What tells the model where to change something. A mask marks the place beside the picture; an outline is drawn "
    "onto a copy of it; words alone are the template’s. The lock keeps everything else in every case."
)
EFFORT = "How much the model plans before it draws. More takes longer."
#: choices up to this many stand side by side
BESIDE = 3


@dataclass(frozen=True)
class Chosen:
    """What a run asks an image model for."""

    rules: Rules
    quality: str | None
    pictures: int
    guide: str
    complexity: str | None


def chosen(desk: Desk) -> Chosen | None:
    """As the address has it, else as the shown edit was made, else as is usual; None for every other engine."""
    if engines.engine(desk) != "openai" or desk.models is None:
        return None
    former = desk.recipe if desk.same and desk.shown and desk.shown.edit.engine == "openai" else {}
    made = former.get("parameters", {})
    rules = _rules(desk, former.get("model"))
    guides = _guides(desk, rules)
    wanted = desk.asked.pictures or (desk.shown.edit.wanted if former and desk.shown else 1)
    return Chosen(
        rules,
        _first(rules.quality, desk.asked.quality, made.get("quality"), USUAL),
        min(max(1, wanted), most(rules)),
        _first(guides, desk.asked.guide, made.get("guide")) or guides[0],
        _first(rules.complexity, desk.asked.complexity, made.get("complexity")),
    )


def most(rules: Rules) -> int:
    """Pictures that one run can ask this model for."""
    return max(1, min(MOST, rules.most_pictures, settings().image_limit))


def show(desk: Desk, seed: str) -> None:
    """Draw what is chosen as a line, and the controls folded under it; each `seed` has widgets of its own."""
    now = chosen(desk)
    if now is None or desk.models is None:
        return
    shell.label("How it is made", words.count(now.pictures, "picture"))
    with st.expander(said(now), key=f"how-{seed}"):
        _controls(desk, now, seed)


def said(now: Chosen) -> str:
    """“GPT Image 2.5 · high quality · by a mask”."""
    quality = _quality(now.quality).lower() if now.quality else ""
    return " · ".join(filter(None, (makers.brief(now.rules), quality and f"{quality} quality", _GUIDED.get(now.guide))))


def _controls(desk: Desk, now: Chosen, seed: str) -> None:
    if desk.models is None:
        return
    rules = now.rules
    titles = {one.name: one.title for one in desk.models.models}
    if len(titles) > 1:
        _one("Model", list(titles), rules.name, titles.__getitem__, "model", seed)
        seed = f"{seed}-{rules.name}"  # another model has other choices
    pictures = [str(number) for number in range(1, most(rules) + 1)]
    if len(pictures) > 1:
        _one("Candidates", pictures, str(now.pictures), str, "pictures", seed, help="Each one is billed, and kept.")
    if len(rules.quality) > 1:
        _one("Quality", rules.quality, now.quality, _quality, "quality", seed)
    guides = _guides(desk, rules)
    if len(guides) > 1:
        _one("Shown the place by", guides, now.guide, GUIDES.__getitem__, "guide", seed, help=GUIDE)
    if rules.complexity:
        options = ["", *rules.complexity]
        _one("Effort", options, now.complexity or "", lambda one: _quality(one) if one else "Usual", "complexity", seed,
             help=EFFORT)  # fmt: skip


def _one(
    label: str, options: Sequence[str], now: str | None, said: Callable[[str], str], name: str, seed: str,
    help: str | None = None,
) -> None:  # fmt: skip
    """One choice, kept in the address under `name`."""
    key = f"how-{name}-{seed}"

    def keep() -> None:
        address.put(**{name: st.session_state[key]})

    shared: dict[str, Any] = {"format_func": said, "key": key, "on_change": keep, "help": help}
    if len(options) <= BESIDE or all(len(option) == 1 for option in options):
        st.segmented_control(label, options, default=now, required=True, width="stretch", **shared)
    else:
        st.selectbox(label, options, index=options.index(now) if now in options else 0, **shared)


def _quality(name: str) -> str:
    return QUALITIES.get(name, name.capitalize())


def _rules(desk: Desk, former: str | None) -> Rules:
    """The rules of the model that is asked for, else of the one that made the shown edit, else of the first one."""
    models = desk.models.models if desk.models else ()
    wanted = (desk.asked.model, former)
    return next((one for name in wanted for one in models if name and name in (one.name, one.snapshot)), models[0])


def _guides(desk: Desk, rules: Rules) -> list[str]:
    """What can show this model the place, the surest first; only words where nothing is marked."""
    place = marking.drawn(desk)
    if not (place.region or place.protect):
        return ["none"]
    return [name for name, can in (("mask", rules.mask), ("markup", rules.markup), ("none", True)) if can]


def _first(known: Sequence[str], *wanted: str | None) -> str | None:
    return next((one for one in wanted if one and one in known), None)

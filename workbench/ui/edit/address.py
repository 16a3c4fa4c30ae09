"""What the Edit page keeps in its address, so that a reload or link shows it again: picture, edit, values, drawing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import streamlit as st

#: the page's own parameters, see Asked
NAMES = (
    "asset", "edit", "template", "candidate", "region", "protect", "marking", "engine", "output", "made", "lock", "q",
    "after", "model", "quality", "pictures", "guide", "complexity", "against",
)  # fmt: skip
#: before the name of a template's parameter
VALUE = "v."
#: characters of the tool's name
MADE = 100


@dataclass(frozen=True)
class Asked:
    """What the address asks for; nothing in it is trusted to exist."""

    asset: str | None
    edit: str | None
    template: str | None
    #: number of the candidate that is looked at
    candidate: int | None
    #: what may change and what must not, see drawings; "" before anything was drawn
    region: str
    protect: str
    #: whether the region is being marked right now
    marking: bool
    #: where it is made, see engines
    engine: str
    #: how an image model makes it, see modelling; "" and None where nobody chose
    model: str
    quality: str
    pictures: int | None
    guide: str
    complexity: str
    #: SHA-256 of an output that was made in another tool
    output: str
    #: which tool that was, in somebody's words; None before anybody said
    made: str | None
    #: settings of the lock that are tried out, see locking; "" where nothing is
    lock: str
    #: the other candidate that it is compared with, see against; "" = the original
    against: str
    query: str
    #: the library's cursor
    after: str | None
    #: what was typed so far, by parameter
    values: dict[str, str]


def read() -> Asked:
    """What the address says in this run."""
    said = st.query_params.to_dict()
    return Asked(
        asset=said.get("asset"),
        edit=said.get("edit"),
        template=said.get("template"),
        candidate=_number(said.get("candidate", "")),
        region=said.get("region", "")[:100],
        protect=said.get("protect", "")[:100],
        marking="marking" in said,
        engine=said.get("engine", "")[:20],
        model=said.get("model", "")[:100],
        quality=said.get("quality", "")[:20],
        pictures=_number(said.get("pictures", "")),
        guide=said.get("guide", "")[:20],
        complexity=said.get("complexity", "")[:20],
        output=said.get("output", "")[:100],
        made=said["made"][:MADE] if "made" in said else None,
        lock=said.get("lock", "")[:500],
        against=said.get("against", "")[:50],
        query=said.get("q", "")[:100],
        after=said.get("after"),
        values={name.removeprefix(VALUE): value for name, value in said.items() if name.startswith(VALUE)},
    )


def _number(said: str) -> int | None:
    return int(said) if said.isdecimal() and len(said) < 4 else None


def put(**parameters: str | None) -> None:
    """Set the page's parameters; None takes one out."""
    for name, value in parameters.items():
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)


def put_values(values: Mapping[str, str]) -> None:
    """Keep what was typed."""
    for name, value in values.items():
        if st.query_params.get(VALUE + name) != value:
            st.query_params[VALUE + name] = value


def forget_values(names: Iterable[str] | None = None) -> None:
    """Drop what was typed for `names`, or everything."""
    for name in list(st.query_params) if names is None else [VALUE + name for name in names]:
        if name.startswith(VALUE):
            st.query_params.pop(name, None)


def open_asset(asset: object, forget: Iterable[str] = ()) -> None:
    """Another picture: its own region, colours and output, the other values stay."""
    forget_values(forget)
    put(asset=str(asset), edit=None, candidate=None, region=None, protect=None, marking=None)
    put(output=None, made=None, lock=None, against=None)


def open_edit(edit: object) -> None:
    """The edit that was just started; what was typed stays as it is."""
    put(edit=str(edit), candidate=None, marking=None, lock=None, against=None)


def open_beside(edit: object, candidate: int) -> None:
    """One of the pictures that another edit made of the same values; how it was made comes from that edit."""
    forget_values()
    put(edit=str(edit), candidate=str(candidate), marking=None, lock=None, region=None, protect=None, against=None)
    put(output=None, made=None, engine=None, model=None, quality=None, pictures=None, guide=None, complexity=None)


def open_relocked(edit: object) -> None:
    """The same output locked anew: its own recipe says where and how from now on."""
    open_edit(edit)
    put(region=None, protect=None, output=None, made=None, engine=None)

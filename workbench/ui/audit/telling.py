"""What an event says, in words."""

from collections.abc import Callable, Mapping
from typing import Any

from workbench.models import Event

Detail = Mapping[str, Any]
#: where an event came from
VIA = {"web": "web", "cli": "command line", "worker": "worker"}


def told(event: Event) -> str:
    """“Accepted the edit: version 3, self-approved”; an unknown verb is shown as it is."""
    say = SENTENCES.get(event.verb)
    return say(event.detail) if say else event.verb.replace(":", ": ")


def _noted(words: str, detail: Detail, key: str = "note") -> str:
    return f"{words}: “{detail[key]}”" if detail.get(key) else words


def _own(detail: Detail) -> str:
    return ", their own work (self-approved)" if detail.get("self_approved") else ""


def _proven(detail: Detail) -> str:
    if "proof" not in detail:
        return ""
    if detail["proof"] is None:
        return ", not proven on any picture"
    return f", proven: {detail.get('passed', '?')} of {detail.get('pictures', '?')} pictures passed"


def _tagged(detail: Detail) -> str:
    tags, collection = ", ".join(detail.get("tags") or []) or "no tags", detail.get("collection")
    return f"Tagged it: {tags}; {f'in the collection {collection}' if collection else 'in no collection'}"


#: verb → the sentence its detail makes; who did it stands beside
SENTENCES: dict[str, Callable[[Detail], str]] = {
    "asset:add": lambda d: f"Added the picture, from {d.get('origin') or 'a file'}",
    "asset:rename": lambda d: f"Renamed it from “{d.get('former', '')}” to “{d.get('name', '')}”",
    "asset:tag": _tagged,
    "asset:archive": lambda d: "Archived it",
    "asset:restore": lambda d: "Restored it from the archive",
    "edit:propose": lambda d: (
        f"Ran an edit with {d.get('template', 'a template')}, revision {d.get('revision', '?')}"
        + (", reusing an equal result" if d.get("reused") else "")
    ),
    "edit:ready": lambda d: "The edit was ready" if len(d.get("results") or []) < 2 else
        f"The edit was ready, with {len(d['results'])} candidates",
    "edit:fail": lambda d: _noted("The edit failed", d, "why"),
    "edit:unknown": lambda d: _noted("Nobody knows how the edit ended", d, "why"),
    "edit:cancel": lambda d: "Cancelled the edit",
    "edit:submit": lambda d: f"Submitted candidate {d.get('candidate', '?')} for approval",
    "edit:accept": lambda d: _noted(f"Accepted the edit as version {d.get('number', '?')}{_own(d)}", d),
    "edit:reject": lambda d: _noted("Rejected the edit", d, "reason"),
    "edit:withdraw": lambda d: "Withdrew the edit",
    "edit:use_raw": lambda d: _noted("Used the raw output as it came, without the lock", d, "reason"),
    "edit:undo": lambda d: f"Undid the decision: version {d.get('number', '?')} has the former bytes",
    "version:import": lambda d: f"Added version {d.get('number', '?')}, from {d.get('origin') or 'a file'}",
    "import:start": lambda d: f"Began to import {d.get('items', '?')} pictures: {d.get('title', '')}",
    "import:cancel": lambda d: f"Cancelled an import: {d.get('title', '')}",
    "version:revert": lambda d: _noted(f"Reverted to version {d.get('to', '?')}, as version {d.get('number', '?')}", d),
    "template:propose": lambda d: f"Proposed revision {d.get('revision', '?')} of the template",
    "template:prove": lambda d: f"Ran a proof of revision {d.get('revision', '?')} of the template on "
        f"{d.get('pictures', '?')} pictures",
    "template:cancel": lambda d: f"Cancelled a proof of revision {d.get('revision', '?')} of the template",
    "template:approve": lambda d: f"Approved revision {d.get('revision', '?')} of the template{_own(d)}{_proven(d)}",
    "template:retire": lambda d: f"Retired revision {d.get('revision', '?')} of the template",
    "guideline:propose": lambda d: f"Proposed revision {d.get('revision', '?')} of the guideline",
    "guideline:approve": lambda d: f"Approved revision {d.get('revision', '?')} of the guideline{_own(d)}",
    "model:try": lambda d: f"Tried the image model: a small picture {'came' if d.get('works') else 'did not come'}",
    "operator:add": lambda d: f"Made this person a {d.get('role', 'member')}",
    "operator:deactivate": lambda d: "Deactivated this person",
}  # fmt: skip

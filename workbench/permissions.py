"""Who may do what: one pure function that hides the button and refuses the call (DESIGN section 6)."""

import uuid
from dataclasses import dataclass
from typing import Literal

from workbench.errors import NotAllowed

Role = Literal["designer", "lead", "auditor", "admin"]
ROLES: tuple[Role, ...] = ("designer", "lead", "auditor", "admin")
Via = Literal["web", "cli", "worker"]


@dataclass(frozen=True)
class Actor:
    """The person a call is made for, as the use cases see them."""

    id: uuid.UUID
    email: str
    name: str
    #: the roles this call may use; the local person holds all of them, or the one they act as
    roles: frozenset[Role]
    via: Via

    def __str__(self) -> str:
        return self.name or self.email


#: verb → roles that may; each verb has one sentence for the person who may not
RIGHTS: dict[str, tuple[frozenset[Role], str]] = {
    "asset:view": (frozenset(ROLES), "see pictures"),
    "version:export": (frozenset(ROLES), "export pictures"),
    "asset:add": (frozenset({"designer", "lead"}), "add pictures"),
    "asset:change": (frozenset({"designer", "lead"}), "rename or tag pictures"),
    "asset:archive": (frozenset({"admin"}), "archive or restore pictures"),
    "edit:propose": (frozenset({"designer", "lead"}), "run edits"),
    "edit:submit": (frozenset({"designer", "lead"}), "submit edits"),
    "edit:cancel": (frozenset({"designer", "lead"}), "cancel edits"),
    "edit:withdraw": (frozenset({"designer", "lead"}), "withdraw edits"),
    "edit:accept": (frozenset({"lead"}), "accept edits"),
    "edit:reject": (frozenset({"lead"}), "reject edits"),
    "edit:use_raw": (frozenset({"lead"}), "use the raw output of a model"),
    "edit:undo": (frozenset({"lead"}), "undo decisions"),
    "version:revert": (frozenset({"lead"}), "revert pictures"),
    "version:import": (frozenset({"lead"}), "replace pictures by files from elsewhere"),
    "version:reapply": (frozenset({"designer", "lead"}), "re-apply changes"),
    "template:propose": (frozenset({"designer", "lead"}), "propose templates"),
    "template:prove": (frozenset({"designer", "lead"}), "prove templates"),
    "template:approve": (frozenset({"lead"}), "approve templates"),
    "template:retire": (frozenset({"lead"}), "retire templates"),
    "guideline:propose": (frozenset({"designer", "lead"}), "propose guidelines"),
    "guideline:approve": (frozenset({"lead"}), "approve guidelines"),
    "audit:export": (frozenset({"lead", "auditor", "admin"}), "export the audit trail"),
    "audit:verify": (frozenset(ROLES), "verify the ledger"),
    "insights:people": (frozenset({"lead", "admin"}), "see who spent what"),
    "model:test": (frozenset({"lead", "admin"}), "test the image model"),
    "store:change": (frozenset({"admin"}), "move or clear the store"),
    "operator:change": (frozenset({"admin"}), "manage people"),
}


def may(actor: Actor, verb: str) -> bool:
    """Whether one of the actor's roles holds the right `verb`. An unknown verb is a bug and raises KeyError."""
    return bool(actor.roles & RIGHTS[verb][0])


def require(actor: Actor, verb: str) -> None:
    """Raise NotAllowed, with a sentence that names who can, unless `may(actor, verb)`."""
    if not may(actor, verb):
        roles, deed = RIGHTS[verb]
        able = " or ".join(f"{'an' if role[0] == 'a' else 'a'} {role}" for role in ROLES if role in roles)
        own = " and ".join(role for role in ROLES if role in actor.roles) or "no role"
        raise NotAllowed(f"You are signed in as {own} and can't {deed}. Ask {able} to do it.")

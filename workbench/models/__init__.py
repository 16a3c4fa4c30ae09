"""The tables, as rows in Python; their rules live in migrations/sql and hold whoever writes."""

from workbench.models.calls import Billed, ModelCall, Partial, Spend
from workbench.models.imports import Duplicates, Import, ImportItem, ItemState
from workbench.models.limits import ModelGrant, ModelLimit, ModelWaiter
from workbench.models.pictures import Asset, Blob, Operator, Picture, Version, Workspace
from workbench.models.rows import Row
from workbench.models.rules import GuidelineRevision, Proof, ProofPicture, Revision, TemplateName, TemplateRevision
from workbench.models.work import FINAL_STATES, Candidate, Decision, Edit, EditState, Event

__all__ = [
    "FINAL_STATES",
    "Asset",
    "Billed",
    "Blob",
    "Candidate",
    "Decision",
    "Duplicates",
    "Edit",
    "EditState",
    "Event",
    "GuidelineRevision",
    "Import",
    "ImportItem",
    "ItemState",
    "ModelCall",
    "ModelGrant",
    "ModelLimit",
    "ModelWaiter",
    "Operator",
    "Partial",
    "Picture",
    "Proof",
    "ProofPicture",
    "Revision",
    "Row",
    "Spend",
    "TemplateName",
    "TemplateRevision",
    "Version",
    "Workspace",
]

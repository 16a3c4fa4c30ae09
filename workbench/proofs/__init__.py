"""Proofs: a revision of a template on real pictures, before anybody approves it."""

from workbench.proofs.preparing import prepare, sweep
from workbench.proofs.reading import Item, Outcome, Shown, latest, show
from workbench.proofs.starting import MOST, cancel, reference, start

__all__ = ["MOST", "Item", "Outcome", "Shown", "cancel", "latest", "prepare", "reference", "show", "start", "sweep"]

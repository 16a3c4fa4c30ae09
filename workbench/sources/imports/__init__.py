"""Imports: many pictures from elsewhere, brought in by workers, each with its own outcome."""

from workbench.sources.imports.lists import Entry, in_list, in_manifest
from workbench.sources.imports.reading import Imported, Item, ItemPage, imported, items, newest
from workbench.sources.imports.starting import MOST, cancel, start
from workbench.sources.imports.working import sweep, work

__all__ = [
    "MOST", "Entry", "Imported", "Item", "ItemPage", "cancel", "imported", "in_list", "in_manifest", "items", "newest",
    "start", "sweep", "work",
]  # fmt: skip

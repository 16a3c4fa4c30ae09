"""Sources: where pictures come in, and the library they become."""

from workbench.sources.adding import (
    PICTURE_ENDINGS,
    LocalFile,
    Refused,
    add,
    add_address,
    add_files,
    add_folder,
    pictures_below,
    read_file,
)  # fmt: skip
from workbench.sources.arriving import Added
from workbench.sources.changing import archive, rename, tag
from workbench.sources.imports import Entry, Imported, ItemPage, imported
from workbench.sources.imports import cancel as cancel_import
from workbench.sources.imports import items as import_items
from workbench.sources.imports import newest as imports_newest
from workbench.sources.imports import start as start_import
from workbench.sources.imports import sweep as sweep_imports
from workbench.sources.imports import work as work_import
from workbench.sources.library import FEW, Page, collections, library
from workbench.sources.likenesses import Likeness
from workbench.sources.remote import is_remote, places
from workbench.sources.s3 import Listing, listing, roots
from workbench.sources.thumbnails import Thumbnail, thumbnail

__all__ = [
    "FEW", "PICTURE_ENDINGS", "Added", "Entry", "Imported", "ItemPage", "Likeness", "Listing", "LocalFile", "Page",
    "Refused", "Thumbnail", "add", "add_address", "add_files", "add_folder", "archive", "cancel_import", "collections",
    "import_items", "imported", "imports_newest", "is_remote", "library", "listing", "pictures_below", "places",
    "read_file", "rename", "roots", "start_import", "sweep_imports", "tag", "thumbnail", "work_import",
]  # fmt: skip

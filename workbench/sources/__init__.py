"""Sources: where pictures come in, and the library they become."""

from workbench.sources.adding import PICTURE_ENDINGS, Added, Refused, add, add_address, add_folder, read_file
from workbench.sources.changing import archive, rename, tag
from workbench.sources.library import FEW, Page, collections, library

__all__ = [
    "FEW", "PICTURE_ENDINGS", "Added", "Page", "Refused", "add", "add_address", "add_folder", "archive", "collections",
    "library", "read_file", "rename", "tag",
]  # fmt: skip

"""A guideline as files: its TOML with all fonts and marks, as a ZIP too, out and in again."""

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from workbench import db, recipes, storage
from workbench.errors import RejectedFile
from workbench.guidelines import revisions
from workbench.guidelines.files import LARGEST
from workbench.models import GuidelineRevision
from workbench.permissions import Actor, require
from workbench.recipes import Guideline

#: what a guideline's own file is called in a folder or ZIP of ours
FILE = "guideline.toml"
MOST_ENTRIES = 200
#: bytes of the TOML; its parser stops at a hundred thousand characters
LARGEST_TEXT = 400_000


@dataclass(frozen=True)
class Brought:
    """What a ZIP brings along."""

    text: str
    #: by name, only those that the text refers to
    files: dict[str, bytes]
    #: names of what else is in it; never unpacked
    unused: tuple[str, ...]


def export(actor: Actor, revision: int | None = None) -> tuple[GuidelineRevision, dict[str, bytes]]:
    """A revision (the approved one without a number) as files by name; `propose` makes the same definition of them."""
    require(actor, "asset:view")
    with db.transaction() as tx:
        row = revisions.show(tx, revision)
    return row, {FILE: row.source.encode("utf-8"), **stored(revisions.definition(row))}


def stored(guideline: Guideline, *names: str) -> dict[str, bytes]:
    """The files of a kept guideline by name, as they were given; only those called `names`, if any are."""
    wanted = {font.file: font.sha256 for font in guideline.fonts}
    wanted |= {mark.file: mark.source_sha256 or mark.sha256 for mark in guideline.marks}
    store = storage.store()
    return {name: store.get(sha) for name, sha in wanted.items() if sha and (name in names or not names)}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files as a ZIP; the same files give the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name in sorted(files):
            bundle.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED)
    return made.getvalue()


def unzipped(data: bytes) -> Brought:
    """The guideline in a ZIP, with the files that its TOML refers to; everything else in it stays packed.

    Entries, their sizes and their sum are held to limits by what the directory says and again while reading; nothing
    is ever written under a name of the ZIP's own. Raises RejectedFile.
    """
    if len(data) > LARGEST:
        raise RejectedFile(f"This ZIP has {len(data):,} bytes. Loupe accepts up to {LARGEST // 1_000_000} MB.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            return _brought(bundle)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise RejectedFile("This ZIP is damaged, or packed in a way Loupe can't read. Pack it again.") from error


def _brought(bundle: zipfile.ZipFile) -> Brought:
    entries = dict(_entries(bundle))
    files = [name for name in entries if name.lower().endswith(".toml")]
    if len(files) != 1:
        many = f"{len(files)} TOML files" if files else "no TOML file"
        raise RejectedFile(f"This ZIP has {many} in it. It must have one: the guideline.")
    text = _text(_bytes(bundle, entries[files[0]], LARGEST_TEXT))
    wanted = [name for name in recipes.parse_guideline(text).files() if name in entries]
    left, unpacked = LARGEST, {}
    for name in wanted:
        unpacked[name] = _bytes(bundle, entries[name], left)
        left -= len(unpacked[name])
    return Brought(text, unpacked, tuple(name for name in entries if name not in (*wanted, *files)))


def _entries(bundle: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """The files in it by their plain names; one folder around all of them is taken away."""
    # what a Mac adds on its own
    found = [one for one in bundle.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
    if len(bundle.infolist()) > MOST_ENTRIES:
        raise RejectedFile(f"This ZIP has {len(bundle.infolist()):,} entries. Loupe reads at most {MOST_ENTRIES}.")
    if sum(one.file_size for one in found) > LARGEST:
        raise RejectedFile(f"This ZIP would unpack to more than {LARGEST // 1_000_000} MB. Bring only what is needed.")
    folders = {PurePosixPath(one.filename).parent for one in found}
    names = [PurePosixPath(one.filename).name for one in found]
    deep = any(len(folder.parts) > 1 or ".." in folder.parts or folder.is_absolute() for folder in folders)
    if len(folders) > 1 or deep or any("\\" in one.filename or ":" in one.filename for one in found):
        raise RejectedFile("This ZIP has folders in it. Put the guideline and its files side by side and pack again.")
    if len(set(names)) < len(names):
        raise RejectedFile("This ZIP has two files of one name. Pack it again with each file once.")
    if any(one.flag_bits & 1 for one in found):
        raise RejectedFile("This ZIP asks for a password. Pack it again without one.")
    yield from zip(names, found, strict=True)


def _bytes(bundle: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    if entry.file_size > most:
        raise RejectedFile(f"“{PurePosixPath(entry.filename).name[:60]}” in this ZIP is too large to be read.")
    with bundle.open(entry) as packed:
        # the directory may lie about the size; one byte more than it says is a lie
        data = packed.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise zipfile.BadZipFile(entry.filename)
    return data


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RejectedFile("The guideline isn't text in UTF-8; save it as a plain TOML text file.") from error

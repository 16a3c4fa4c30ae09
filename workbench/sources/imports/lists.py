"""Lists of pictures that people bring: a manifest (CSV) with names and tags, or plain lines."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from workbench.errors import InvalidInput, RejectedFile
from workbench.sources.naming import checked_collection, checked_name, checked_tags

#: bytes of a list, and entries in it
MOST_BYTES, MOST_ENTRIES = 5_000_000, 10_000
UNPRINTABLE = "It holds a character that belongs in no address. Type it again."
COLUMNS = ("source", "name", "collection", "tags")
#: between the tags in one field; a comma too, where the field has quotation marks around it
_TAG_ENDS = str.maketrans(";|\n", ",,,")


@dataclass(frozen=True)
class Entry:
    """One picture to be brought in, or a folder of a bucket; or what is wrong with it."""

    #: an address, or the path of a file of the machine that the list is read on
    source: str
    #: None: after the source
    name: str | None = None
    collection: str | None = None
    tags: tuple[str, ...] = ()
    #: of the list, as a spreadsheet or editor counts them
    line: int | None = None
    #: a sentence that says why it can't be brought in
    problem: str | None = None


def in_list(data: bytes) -> list[Entry]:
    """The entries of a plain list: one address or path on a line; empty lines and those after a # don't count."""
    entries = [
        Entry(words, line=number, problem=None if words.isprintable() else f"Line {number}: {UNPRINTABLE}")
        for number, line in enumerate(_text(data).splitlines(), 1)
        if (words := line.strip()) and not words.startswith("#")
    ]
    return _bounded(entries)


def in_manifest(data: bytes) -> tuple[list[Entry], list[str]]:
    """The entries of a manifest, and its columns that mean nothing here.

    The first row names the columns: `source`, and if wanted `name`, `collection`, `tags` (with “;” between them).
    Fields are parted by commas, semicolons or tabs. A row that can't be used is an entry with a `problem`; a file that
    is no manifest raises RejectedFile.
    """
    text = _text(data)
    heading = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=heading.count), strict=True)
    rows = _rows(reader)
    _, columns = next(rows, (0, []))
    names = [" ".join(name.split()).lower() for name in columns]
    if "source" not in names:
        raise RejectedFile(
            "The first row of a manifest names its columns, and one of them is “source”. This one has: "
            f"{', '.join(names)[:200] or 'nothing'}."
        )
    if twice := next((name for name in COLUMNS if names.count(name) > 1), None):
        raise RejectedFile(f"The manifest has the column “{twice}” twice. Keep one of them.")
    entries = [_entry(names, row, line) for line, row in rows if any(row)]
    return _bounded(entries), [name for name in names if name and name not in COLUMNS]


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        size = f"{len(data) / 1e6:.1f} MB; Loupe takes up to {MOST_BYTES / 1e6:g} MB"
        raise RejectedFile(f"This list has {size}. Split it.")
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):  # what spreadsheets call Unicode text
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].count(b"\n") + 1
        raise RejectedFile(f"Line {before} of this list is not UTF-8. Save it as “CSV UTF-8” and try again.") from error


def _rows(reader: Iterator[Sequence[str]]) -> Iterator[tuple[int, list[str]]]:
    """The rows with their numbers; a field may hold line ends, so that a row is not a line."""
    number = 0
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise RejectedFile(
                f"Row {number + 1} of the manifest can't be read: a quotation mark is missing or one too many, "
                "or a field has no end."
            ) from error
        if row is None:
            return
        number += 1
        yield number, [field.strip() for field in row]


def _entry(names: Sequence[str], row: Sequence[str], line: int) -> Entry:
    fields = dict(zip(names, row, strict=False))
    tags = [tag for tag in fields.get("tags", "").translate(_TAG_ENDS).split(",") if tag.strip()]
    entry = Entry(fields.get("source", ""), fields.get("name") or None, fields.get("collection") or None, line=line)
    try:
        if any(row[len(names) :]):
            raise InvalidInput("It has more fields than there are columns. Put quotation marks around a comma.")
        if not entry.source:
            raise InvalidInput("It names no source.")
        if not entry.source.isprintable():
            raise InvalidInput(UNPRINTABLE)
        if entry.name:
            checked_name(entry.name)
        return replace(entry, collection=checked_collection(entry.collection), tags=tuple(checked_tags(tags)))
    except InvalidInput as error:
        return Entry(entry.source or "(no source)", line=line, problem=f"Row {line}: {error}")


def _bounded(entries: list[Entry]) -> list[Entry]:
    if not entries:
        raise RejectedFile("This list names no picture. Give one address or path a row.")
    if len(entries) > MOST_ENTRIES:
        raise RejectedFile(f"This list names {len(entries):,} pictures; an import takes {MOST_ENTRIES:,}. Split it.")
    return entries

"""How pictures come in one by one, or as files of this machine: originals kept byte for byte."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import InvalidInput, NotFound, RejectedImage
from workbench.models import Duplicates
from workbench.permissions import Actor, require
from workbench.settings import settings
from workbench.sources import arriving, fetching, remote
from workbench.sources.ahead import ahead
from workbench.sources.arriving import Added, Arrival

#: endings that a folder import looks at; what is inside decides
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")


def add(
    actor: Actor, data: bytes, *, name: str, origin: str, named: bool = False, collection: str | None = None,
    tags: Sequence[str] = (), onto: str | None = None, duplicates: Duplicates = "add",
) -> Added:  # fmt: skip
    """Make an asset of `data`, or the next version of the asset `onto`, for which a lead is needed.

    The same bytes again give the asset there is, unless a new name was asked for (`named`). What looks the same is
    told (`alike`), and by `duplicates` added all the same, left out (“skip”), or made the next version of what it looks
    like (“version”). `origin` is where the bytes came from, in words for the provenance. Raises RejectedImage.
    """
    wanted = Arrival(name, origin, named, collection, list(tags), duplicates, onto)
    return _added(actor, data, wanted.checked(actor))


def add_address(
    actor: Actor, address: str, *, name: str | None = None, collection: str | None = None, tags: Sequence[str] = (),
    onto: str | None = None, duplicates: Duplicates = "add", network: fetching.Network = fetching.INTERNET,
) -> Added:  # fmt: skip
    """Make an asset of the picture at https://…, s3://… or redis://…, named after it unless `name` is given."""
    require(actor, "asset:add")
    found = remote.fetch(address, network=network)
    return add(
        actor, found.data, name=name or found.name, origin=found.origin, named=name is not None, collection=collection,
        tags=tags, onto=onto, duplicates=duplicates,
    )  # fmt: skip


def _added(actor: Actor, data: bytes, arrival: Arrival) -> Added:
    while True:
        added = arriving.enter(actor, arriving.store(data, arrival), arrival)
        if added is not None:
            return added


@dataclass(frozen=True)
class LocalFile:
    """A file of this machine that is to be added."""

    path: Path
    #: None: after the file
    name: str | None = None
    collection: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A file that did not become an asset, and why."""

    path: str
    message: str


#: tell(done, all, name of what is next)
Tell = Callable[[int, int, str], None]


def add_folder(
    actor: Actor, folder: Path, *, collection: str | None = None, tags: Sequence[str] = (),
    tell: Tell = lambda done, all, name: None, duplicates: Duplicates = "add",
) -> tuple[list[Added], list[Refused]]:  # fmt: skip
    """Add every picture below `folder`; a bad file is named and the rest goes on. `tell(done, all, name)` per file."""
    files = [LocalFile(path) for path in pictures_below(folder)]
    return add_files(actor, files, collection=collection, tags=tags, tell=tell, duplicates=duplicates)


def pictures_below(folder: Path) -> list[Path]:
    """The files of `folder`, and of all folders in it, that are called like pictures, by name."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_ENDINGS and path.is_file())


def add_files(
    actor: Actor, files: Sequence[LocalFile], *, collection: str | None = None, tags: Sequence[str] = (),
    tell: Tell = lambda done, all, name: None, duplicates: Duplicates = "add",
) -> tuple[list[Added], list[Refused]]:  # fmt: skip
    """Add files of this machine in their order, decoding some ahead; a bad one is named and the rest goes on.

    Run again after it was stopped, it adds what is missing: the same bytes are never added twice.
    """
    require(actor, "asset:add")
    if duplicates == "version":
        require(actor, "version:import")

    def prepared(file: LocalFile) -> tuple[Arrival, bytes, arriving.Arrived]:
        wanted = Arrival(
            file.name or file.path.stem, file.path.name, file.name is not None, file.collection or collection,
            [*tags, *file.tags], duplicates,
        )  # fmt: skip
        arrival = wanted.checked(actor)
        data = read_file(file.path)
        arrived = arriving.store(data, arrival)
        return arrival, data if arrived.kept is None else b"", arrived

    added: list[Added] = []
    refused: list[Refused] = []
    for number, (file, done) in enumerate(ahead(prepared, files, arriving.LANES)):
        tell(number, len(files), file.path.name)
        try:
            arrival, data, arrived = done()
            added.append(arriving.enter(actor, arrived, arrival) or _added(actor, data, arrival))
        except (InvalidInput, NotFound) as error:
            refused.append(Refused(str(file.path), str(error)))
    tell(len(files), len(files), "")
    return added, refused


def read_file(path: Path) -> bytes:
    """The bytes of `path`, refused before reading when they are too many. Raises NotFound or RejectedImage."""
    try:
        size = path.stat().st_size
        if size > settings().max_mb * 1_000_000:
            raise RejectedImage(
                f"“{path.name}” has {size / 1e6:.1f} MB; Loupe takes up to {settings().max_mb} MB. Save it smaller."
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"There is no file “{path}”.") from error
    except OSError as error:
        raise InvalidInput(f"“{path}” can't be read: {error.strerror}. Check the file and its permissions.") from error

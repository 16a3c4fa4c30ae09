"""How bytes enter the library: stored first, then one short transaction, one picture at a time, each exactly once."""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

import sqlalchemy as sa
from sqlmodel import Session

from workbench import audit, db, memory, versions
from workbench.errors import InvalidInput, MovedOn
from workbench.models import Asset, Duplicates, Picture, Version
from workbench.permissions import Actor, require
from workbench.settings import settings
from workbench.sources import likenesses
from workbench.sources.likenesses import Likeness
from workbench.sources.naming import checked_collection, checked_name, checked_tags, taken

#: pictures that are fetched, stored or written down at once; of these so many are decoded, which takes a core each
LANES, DECODERS = 4, 2


@dataclass(frozen=True)
class Added:
    """An asset that a source became, or the one that already holds it."""

    asset: Asset
    version: Version
    picture: Picture
    #: whether the library had it already; then nothing was added unless a new name was asked for
    duplicate: bool
    #: “here”: nothing was added
    outcome: Literal["added", "version", "here"] = "added"
    #: the assets that it is like, the likest first
    alike: tuple[Likeness, ...] = ()


@dataclass(frozen=True)
class Arrival:
    """How a picture is to enter the library."""

    name: str
    #: where the bytes came from, in words for the provenance
    origin: str
    #: whether the name was asked for, and so may not be another
    named: bool = False
    collection: str | None = None
    tags: list[str] = field(default_factory=list)
    duplicates: Duplicates = "add"
    #: the asset that it becomes the next version of
    onto: str | None = None

    def checked(self, actor: Actor) -> "Arrival":
        """The same with clean words; raises NotAllowed, and InvalidInput for words that can't be kept."""
        require(actor, "asset:add")
        if self.onto is not None or self.duplicates == "version":
            require(actor, "version:import")
        name, collection = checked_name(self.name), checked_collection(self.collection)
        return replace(self, name=name, collection=collection, tags=checked_tags(self.tags))


@dataclass(frozen=True)
class Arrived:
    """Bytes that lie in the store, or that the library knows already; `enter` tells the database."""

    sha256: str
    kept: versions.Kept | None
    #: which pictures with a near hash look the same
    looked: Mapping[str, bool] = field(default_factory=dict)


#: called in the transaction in which a picture enters, before its event is written
Also = Callable[[Session, Added], None]


def store(data: bytes, arrival: Arrival) -> Arrived:
    """Check and decode `data` unless its bytes are known, store it with its previews, and look what it is like.

    May run in several threads at once; so many as memory allows decode at a time. Raises RejectedImage.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    with db.transaction() as tx:
        if _known(tx, sha256, arrival) is not None:
            return Arrived(sha256, None)
    with _decoding():
        derived = versions.derive(data, versions.read(data))
    return _looked(Arrived(sha256, versions.put(derived)))


@cache
def _decoding() -> threading.Semaphore:
    return threading.Semaphore(DECODERS if memory.total() >= memory.SMALL else 1)


def _looked(arrived: Arrived) -> Arrived:
    """The same, with every picture that has a near hash by now looked at."""
    if arrived.kept is None:
        return arrived
    with db.transaction() as tx:
        near = likenesses.near(tx, arrived.kept.picture)
    fresh = [one for one in near if one.sha256 not in arrived.looked]
    looked = likenesses.examined(arrived.kept.picture, fresh) if fresh else {}
    return Arrived(arrived.sha256, arrived.kept, {**arrived.looked, **looked})


def enter(actor: Actor, arrived: Arrived, arrival: Arrival, also: Also = lambda tx, added: None) -> Added | None:
    """Write down what arrived, as a new asset, a new version, or, where the library has it, not at all.

    One picture at a time, so that each finds the ones before it. None: what was known is known no more (its asset was
    archived meanwhile), so its bytes are needed again.
    """
    while True:
        with db.transaction() as tx:
            _take_turn(tx)
            known = _known(tx, arrived.sha256, arrival)
            if known is not None:
                also(tx, known)
                return known
            if arrived.kept is None:
                return None
            near = likenesses.near(tx, arrived.kept.picture)
            if all(one.sha256 in arrived.looked for one in near):
                return _entered(tx, actor, arrived.kept, arrival, arrived.looked, also)
        arrived = _looked(arrived)  # something like it came in meanwhile


def _take_turn(tx: Session) -> None:
    """Have the others wait, but not for a program that was stopped in the middle: it loses its turn, and its work."""
    seconds = f"{settings().stalled_after:g}s"
    tx.execute(
        sa.text("select set_config('idle_in_transaction_session_timeout', :seconds, true)"), {"seconds": seconds}
    )
    tx.execute(sa.text("select pg_advisory_xact_lock(hashtextextended('loupe.sources.enter', 0))"))


def _known(tx: Session, sha256: str, arrival: Arrival) -> Added | None:
    """What stands for these very bytes already, where that is an end of it."""
    if arrival.onto is not None:
        asset = versions.find_asset(tx, arrival.onto)
        if asset.sha256 != sha256:
            return None
        return Added(asset, versions.head(tx, asset), tx.get_one(Picture, sha256), True, "here")
    twin = likenesses.same_bytes(tx, sha256, arrival.name)
    other_name = twin is not None and arrival.named and twin.asset.name.lower() != arrival.name.lower()
    if twin is None or (other_name and arrival.duplicates == "add"):
        return None
    return Added(twin.asset, twin.version, tx.get_one(Picture, sha256), True, "here", (twin,))


def _entered(
    tx: Session, actor: Actor, kept: versions.Kept, arrival: Arrival, looked: Mapping[str, bool], also: Also
) -> Added:
    versions.rows(tx, kept)
    sha256 = kept.picture.sha256
    alike = likenesses.of(tx, tx.get_one(Picture, sha256), looked)
    target = _target(tx, arrival, alike)
    if isinstance(target, Likeness):
        found = Added(target.asset, target.version, tx.get_one(Picture, target.version.sha256), True, "here",
                      tuple(alike))  # fmt: skip
        also(tx, found)
        return found
    asset = target or _new_asset(tx, actor, arrival)
    provenance = {"origin": arrival.origin, "sha256": sha256, "operator": actor.email}
    version = versions.append(tx, asset, Version(kind="import", sha256=sha256, committed_by=actor.id,
                                                 provenance=provenance))  # fmt: skip
    twin = any(one.how == "bytes" for one in alike)
    added = Added(asset, version, tx.get_one(Picture, sha256), twin and target is None,
                  "added" if target is None else "version", tuple(alike))  # fmt: skip
    also(tx, added)
    if target is None:
        audit.record(tx, actor, "asset:add", asset.id, asset=asset.id, name=asset.name, sha256=sha256,
                     origin=arrival.origin)  # fmt: skip
    else:
        audit.record(tx, actor, "version:import", version.id, asset=asset.id, number=version.number, sha256=sha256,
                     origin=arrival.origin)  # fmt: skip
    return added


def _target(tx: Session, arrival: Arrival, alike: list[Likeness]) -> Asset | Likeness | None:
    """The asset that gets another version, what makes the picture needless, or None for a new asset."""
    if arrival.onto is not None:
        asset = versions.find_asset(tx, arrival.onto, lock=True)
        if asset.archived_at is not None:
            raise MovedOn(f"“{asset.name}” is archived. Choose another one, or ask an admin to restore it.")
        return asset
    if arrival.duplicates == "add" or not alike:
        return None
    newest = next((one for one in alike if one.newest), None)
    if arrival.duplicates == "version" and newest is not None:
        return versions.locked(tx, newest.asset.id)
    return alike[0]  # like a state that the asset has left: as its next version it would undo what was edited since


def _new_asset(tx: Session, actor: Actor, arrival: Arrival) -> Asset:
    name = arrival.name
    tx.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("name:" + name.lower(), 0))))
    if taken(tx, name):
        if arrival.named:
            raise InvalidInput(f"There is already an asset called “{name}”. Choose another name.")
        name = next(other for n in range(2, 100_000) if not taken(tx, other := f"{name[:190]} {n}"))
    asset = Asset(name=name, collection=arrival.collection, tags=arrival.tags, created_by=actor.id)
    tx.add(asset)
    tx.flush()
    return asset

"""What of the library a picture looks like: the same bytes, the same pixels, or the same to the eye."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workbench import storage
from workbench.errors import StoreFault
from workbench.imaging import intake, likeness
from workbench.models import Asset, Picture, Version

#: the same bytes, the same pixels in another file, or nearly the same
How = Literal["bytes", "pixels", "nearly"]
#: so many likenesses are told at most; so many pictures with a near hash are looked at, out of so many that are found:
#: a family of products that differ in colour alone has them all
MOST, LOOKED_AT, FOUND = 12, 48, 400
_SLICES, _SLICE_BITS = 4, 16


@dataclass(frozen=True)
class Likeness:
    """A version of an asset that is not archived, and how a picture is like it."""

    asset: Asset
    version: Version
    how: How

    @property
    def newest(self) -> bool:
        """Whether it is what the asset looks like now."""
        return self.asset.head_id == self.version.id


def same_bytes(tx: Session, sha256: str, name: str = "") -> Likeness | None:
    """The asset, if any, one of whose versions has these bytes; the one called `name` before others."""
    row = tx.exec(
        select(Asset, Version)
        .join(Version, Version.asset_id == Asset.id)  # type: ignore[arg-type]
        .where(Version.sha256 == sha256, col(Asset.archived_at).is_(None))
        .order_by(sa.desc(sa.func.lower(col(Asset.name)) == name.lower()), col(Version.id))
        .limit(1)
    ).first()
    return Likeness(row[0], row[1], "bytes") if row else None


def near(tx: Session, picture: Picture) -> list[Picture]:
    """Pictures of live assets whose perceptual hash differs in at most `likeness.BITS` bits, the nearest first.

    An index finds them by the slices of the hash (0006_imports.sql); there are no more than LOOKED_AT, so that a
    library of look-alikes costs no more than another.
    """
    # “offset 0” keeps the planner from beginning with all versions: it can't know how few hashes are near.
    query = sa.text(
        "select sha256 from (select p.sha256, bit_count((p.phash # :phash)::bit(64)) as far from pictures p"
        " where phash_slices(p.phash) && cast(:probes as integer[]) and p.sha256 <> :sha256"
        " and bit_count((p.phash # :phash)::bit(64)) <= :bits and exists (select from versions v"
        " join assets a on a.id = v.asset_id where v.sha256 = p.sha256 and a.archived_at is null offset 0)"
        " limit :found) found order by far, sha256 limit :looked_at"
    )
    values = {"phash": picture.phash, "probes": probes(picture.phash), "sha256": picture.sha256,
              "bits": likeness.BITS, "looked_at": LOOKED_AT, "found": FOUND}  # fmt: skip
    names = list(tx.scalars(query, values))
    found = {one.sha256: one for one in tx.exec(select(Picture).where(col(Picture.sha256).in_(names))).all()}
    return [found[name] for name in names]


def probes(phash: int) -> list[int]:
    """What `phash_slices` of a hash with at most `likeness.BITS` other bits has at least one of: 4 × 17 numbers."""
    flips = [0, *(1 << bit for bit in range(_SLICE_BITS))]
    slices = [phash >> _SLICE_BITS * place & 0xFFFF for place in range(_SLICES)]
    return [(place << _SLICE_BITS) + (value ^ flip) for place, value in enumerate(slices) for flip in flips]


def examined(picture: Picture, others: Sequence[Picture]) -> dict[str, bool]:
    """Whether each of `others` looks the same as `picture`, by SHA-256; reads their small previews from the store.

    What can't be seen, because its preview is lost for good, is like nothing.
    """
    mine = _seen(picture)
    looks = {other.sha256: _seen(other) for other in others} if mine else {}
    return {
        other.sha256: mine is not None and (theirs := looks[other.sha256]) is not None and likeness.same(mine, theirs)
        for other in others
    }


def _seen(picture: Picture) -> likeness.Look | None:
    try:
        return _look(picture.thumb_sha256)
    except StoreFault as error:
        if error.retry:
            raise
        return None


@lru_cache(1000)
def _look(sha256: str) -> likeness.Look:
    """Of a preview; a look is 12 kB, and one family of pictures meets the same ones again and again."""
    return likeness.look(intake.read(storage.store().get(sha256)).array)


def of(tx: Session, picture: Picture, looked: Mapping[str, bool]) -> list[Likeness]:
    """What `picture` is like, the likest first; `looked` says which of the near ones look the same."""
    hows: dict[str, How] = {sha256: "nearly" for sha256, same in looked.items() if same}
    pixels = select(Picture.sha256).where(Picture.pixel_sha256 == picture.pixel_sha256).limit(MOST)
    hows |= dict.fromkeys(tx.exec(pixels).all(), "pixels")
    hows[picture.sha256] = "bytes"
    rows = tx.exec(
        select(Asset, Version)
        .join(Version, Version.asset_id == Asset.id)  # type: ignore[arg-type]
        .where(col(Version.sha256).in_(hows), col(Asset.archived_at).is_(None))
        .order_by(col(Version.id))
        .limit(10 * MOST)
    ).all()
    order: tuple[How, ...] = ("bytes", "pixels", "nearly")
    found = [Likeness(asset, version, hows[version.sha256]) for asset, version in rows]
    found.sort(key=lambda one: (order.index(one.how), not one.newest))
    unique = {one.asset.id: one for one in reversed(found)}  # of each asset the likest version
    return [one for one in found if unique[one.asset.id] is one][:MOST]

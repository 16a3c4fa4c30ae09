"""What a first start brings along: starter templates, a guideline and, as a demo, the brand Aster with a history."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlmodel import col, select

from workbench import db, edits, guidelines, operators, proofs, reviews, sources, templates, versions
from workbench.edits import pipeline
from workbench.models import Asset, Edit, Operator, TemplateRevision, Version
from workbench.permissions import Actor, Role
from workbench.starter import pictures

HERE = Path(__file__).resolve().parent
FONT = HERE / "ui" / "static" / "Inter.woff2"
#: where a demo picture came from, as its first version's provenance says
ORIGIN = "{} of the demo brand"
#: the demo's people; their addresses end in .example, which nobody can own
PEOPLE: tuple[tuple[str, str, Role], ...] = (
    ("mara@aster.example", "Mara Lind", "designer"),
    ("jon@aster.example", "Jon Aalto", "designer"),
    ("ines@aster.example", "Ines Roth", "lead"),
)


def starter() -> list[str]:
    """Propose and approve the starter guideline and templates, each only where none of its name was ever there."""
    actor = operators.local_actor("cli")
    installed: list[str] = []
    with db.transaction() as tx:
        there = set(tx.exec(select(TemplateRevision.name)).all())
        ruled = bool(guidelines.everything(tx))
    if not ruled:
        files = {"Inter.woff2": FONT.read_bytes(), **pictures.marks(FONT)}
        row = guidelines.propose(actor, (HERE / "starter" / "guideline.toml").read_text("utf-8"), files)
        if row.state == "proposed":
            guidelines.approve(actor, row.revision)
            installed.append("guideline")
    for path in sorted((HERE / "starter" / "templates").glob("*.toml")):
        if path.stem not in there:
            revision = templates.propose(actor, path.read_text("utf-8"))
            if revision.state == "proposed":
                templates.approve(actor, path.stem, revision.revision)
                installed.append(path.stem)
    return installed


def install(tell: Callable[[int, int, str], None] = lambda done, all, name: None) -> dict[str, int]:
    """Add the demo brand; what is there already stays. Returns how many pictures and waiting edits there are."""
    starter()
    people = {email: _person(email, name, role) for email, name, role in PEOPLE}
    mara, jon, ines = (people[email] for email, _, _ in PEOPLE)
    added = _known(mara)
    for number, name in enumerate(pictures.NAMES):
        tell(number, len(pictures.NAMES), name)
        if name not in added:  # drawing takes a second each, so a second start doesn't
            drawn = pictures.one(FONT, name)
            added[name] = sources.add(
                mara, drawn.data, name=drawn.name, origin=ORIGIN.format(name), collection=drawn.collection,
                tags=drawn.tags,
            ).asset  # fmt: skip
    tell(len(pictures.NAMES), len(pictures.NAMES), "")
    _history(added, mara, jon, ines)
    with db.transaction() as tx:
        return {"pictures": len(added), "waiting": len(edits.waiting(tx, limit=200))}


def _known(mara: Actor) -> dict[str, Asset]:
    """The demo's pictures that are here, by file name, whatever they are called by now."""
    files = {ORIGIN.format(name): name for name in pictures.NAMES}
    query = select(Asset, Version).join(Version, col(Version.asset_id) == Asset.id)
    query = query.where(Version.committed_by == mara.id, Version.kind == "import")
    with db.transaction() as tx:
        found = [(asset, str(version.provenance.get("origin"))) for asset, version in tx.exec(query).all()]
    return {files[origin]: asset for asset, origin in found if origin in files}


def _person(email: str, name: str, role: Role) -> Actor:
    with db.transaction() as tx:
        known = tx.exec(select(Operator).where(col(Operator.email) == email)).first()
    if known is None:
        operators.add(operators.local_actor("cli"), email, role, name=name)
    return operators.actor(email, "cli")


def _history(added: Mapping[str, Asset], mara: Actor, jon: Actor, ines: Actor) -> None:
    """Some weeks of work, told once: recolours, a revert, a price, a proof, edits that wait, one with a flaw."""
    serum, tin, mint = (added[name] for name in ("calm-serum.png", "oat-and-honey.jpg", "garden-mint.webp"))
    _new_price(added["slow-mornings-square.png"], mara, ines)
    if _untouched(serum.id):
        clay = _swapped(jon, serum.id, "calm-serum.png", "Clay")
        _accepted(ines, clay, jon, "For the autumn range")
        versions.revert(ines, str(serum.id), 1, note="Autumn range is over")
        blue = _swapped(mara, serum.id, "calm-serum.png", "Aster blue")
        _accepted(ines, blue, mara, "")
        versions.revert(ines, str(serum.id), 1, note="Back to sage until the relaunch")
        locked = _made_elsewhere(
            jon, serum.id, "calm-serum.png", "Aster blue", pictures.LABEL, pictures.flawed(FONT)[1]
        )
        # the flaw that the lock takes away is planted again: a lead uses the output as it came
        flawed = edits.use_raw(ines, str(locked.id), reason="The label's paper looks crisper in the output itself.")
        _run(flawed)
        reviews.submit(ines, str(flawed.id))
    if _untouched(tin.id):
        refused = _swapped(jon, tin.id, "oat-and-honey.jpg", "Moss")
        reviews.submit(jon, str(refused.id))
        reviews.reject(ines, str(refused.id), reason="Honey is a warm taste: please stay with a warm colour.")
    if _untouched(mint.id):
        waiting = _swapped(mara, mint.id, "garden-mint.webp", "Aster blue")
        reviews.submit(mara, str(waiting.id))
    cup = added["paper-cup.png"]
    if _untouched(cup.id):
        drifted = _made_elsewhere(mara, cup.id, "paper-cup.png", "Clay", pictures.BAND, pictures.drifted(FONT))
        reviews.submit(mara, str(drifted.id))
    _proven_proposal(added, jon)


def _made_elsewhere(
    actor: Actor, asset_id: object, file_name: str, target: str, box: tuple[int, int, int, int], output: bytes
) -> Edit:
    """A label recoloured in another tool, locked."""
    values = {"source": pictures.COLOURS[file_name], "target": target, "mode": "shaded"}
    region = "{},{},{},{}".format(*box)
    wish = edits.Wish(
        "label-recolour", values, engine="external", region=region, output=output, made_with="Another tool 2.1"
    )
    edit = edits.propose(actor, str(asset_id), wish)
    _run(edit)
    return edit


def _new_price(square: Asset, mara: Actor, ines: Actor) -> None:
    """New copy in the brand's own type, accepted."""
    if not _untouched(square.id):
        return
    region = "{},{},{},{}".format(*pictures.PRICE)
    wish = edits.Wish("price-update", {"old": "€ 14.90", "new": "€ 12.90"}, region=region)
    edit = edits.propose(mara, str(square.id), wish)
    if _run(edit) == "ready":  # drawn by an earlier release, the picture shows no price yet
        _accepted(ines, edit, mara, "For the first week")


def _proven_proposal(added: Mapping[str, Asset], jon: Actor) -> None:
    """A stricter revision that waits for a lead, proven on four pictures; one of them has nothing to recolour."""
    with db.transaction() as tx:
        if len(templates.show(tx, "seasonal-accent").revisions) > 1:
            return
    text = (HERE / "starter" / "templates" / "seasonal-accent.toml").read_text("utf-8")
    stricter = text.replace("delta_e_mean = 0.5", "delta_e_mean = 0.2\npalette = 1")
    row = templates.propose(jon, stricter)
    names = ("autumn-banner.png", "logo-blue.png", "pattern-sheet.png", "slow-mornings-square.png")
    proof = proofs.start(
        jon, row.name, revision=row.revision, assets=[str(added[name].id) for name in names],
        values={"from": "Aster blue", "to": "Clay"},
    )  # fmt: skip
    while not proofs.prepare(proof.id):
        pass
    with db.transaction() as tx:
        found = [item.edit for item in proofs.show(tx, str(proof.id)).items if item.edit]
    for edit in found:
        _run(edit)


def _untouched(asset_id: object) -> bool:
    with db.transaction() as tx:
        return tx.exec(select(Edit.id).where(Edit.asset_id == asset_id).limit(1)).first() is None


def _swapped(actor: Actor, asset_id: object, file_name: str, target: str) -> Edit:
    values = {"source": pictures.COLOURS[file_name], "target": target}
    edit = edits.propose(actor, str(asset_id), edits.Wish("colour-swap", values))
    _run(edit)
    return edit


def _run(edit: Edit) -> str:
    """Run it here, or wait for the worker that was quicker to take it; its state then."""
    pipeline.run_now(edit.id)
    for _ in range(600):
        with db.transaction() as tx:
            state = tx.get_one(Edit, edit.id).state
        if state not in ("queued", "running"):
            break
        time.sleep(0.1)
    return state


def _accepted(lead: Actor, edit: Edit, author: Actor, note: str) -> None:
    reviews.submit(author, str(edit.id))
    reviews.accept(lead, str(edit.id), note=note)

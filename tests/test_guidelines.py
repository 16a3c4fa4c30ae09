"""Guidelines as people change them: every file checked before one is kept, compared, written out and read again."""

import io
import zipfile
from collections.abc import Callable

import numpy as np
import pytest

from tests.conftest import STARTER
from tests.fontfiles import INTER, aileron, woff2_bomb
from tests.scenes import encoded, mark_png
from workbench import db, guidelines, recipes, storage, templates
from workbench.errors import InvalidInput, RejectedFile
from workbench.models import GuidelineRevision
from workbench.permissions import Actor, Role

TEXT = (STARTER / "guideline.toml").read_text("utf-8")
FILES = {
    "Inter.woff2": INTER,
    "logo-blue.png": mark_png("#2747B8"),
    "logo-white.png": mark_png("#FFFFFF"),
    "badge-new.png": mark_png("#B5532F"),
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="30" height="20" fill="#2747B8"/></svg>'
DRAWN = TEXT.replace("logo-blue.png", "logo-blue.svg")


def kept() -> int:
    """How many objects lie in the store."""
    return sum(1 for _ in storage.store().all())


def definition(revision: int | None = None) -> recipes.Guideline:
    with db.transaction() as tx:
        return guidelines.definition(guidelines.show(tx, revision))


def packed(files: dict[str, bytes], **options: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", **{"compression": zipfile.ZIP_DEFLATED, **options}) as bundle:
        for name, data in files.items():
            bundle.writestr(name, data)
    return made.getvalue()


BAD = [
    ("Inter.woff2", b"hello", "“Inter.woff2”: This is not a font"),
    ("Inter.woff2", aileron(), "really a TTF font. Let its name end in .ttf"),
    ("Inter.woff2", woff2_bomb(total=900_000_000), "unpack to more than 30 MB"),
    ("Inter.woff2", INTER[:9_000], "cut off or damaged"),
    ("logo-blue.png", b"hello", "“logo-blue.png”: This is a text file"),
    ("logo-blue.png", SVG, "This is an SVG"),
    ("logo-blue.png", encoded(np.zeros((40, 40, 3), np.uint8), "JPEG"), "really a JPEG picture. Save it as PNG"),
    ("logo-blue.png", encoded(np.full((40, 40, 4), 9, np.uint8), "WEBP"), "really a WebP picture"),
    ("logo-blue.png", encoded(np.zeros((40, 40, 4), np.uint8)), "wholly transparent"),
    ("logo-blue.png", encoded(np.zeros((4000, 2001, 3), np.uint8)), "accepts up to 8 megapixels"),
    ("logo-blue.png", mark_png("#2747B8") + bytes(10_000_000), "accepts up to 10 MB"),
]


@pytest.mark.parametrize(("name", "data", "sentence"), BAD, ids=range(len(BAD)))
def test_a_bad_file_is_named_and_nothing_is_kept(me: Actor, name: str, data: bytes, sentence: str) -> None:
    with pytest.raises(RejectedFile, match=sentence):
        guidelines.propose(me, TEXT, {**FILES, name: data})
    assert kept() == 0
    with db.transaction() as tx:
        assert not guidelines.everything(tx)


def test_every_bad_file_is_named_at_once(me: Actor) -> None:
    with pytest.raises(RejectedFile) as raised:
        guidelines.propose(me, TEXT, {**FILES, "Inter.woff2": b"no", "badge-new.png": b"no"})
    assert "“Inter.woff2”" in str(raised.value) and "“badge-new.png”" in str(raised.value)


def test_a_file_that_lacks_is_named_and_nothing_is_kept(me: Actor) -> None:
    with pytest.raises(InvalidInput, match=r"refers to badge-new\.png; add the file"):
        guidelines.propose(me, TEXT, {name: data for name, data in FILES.items() if name != "badge-new.png"})
    assert kept() == 0


def test_the_files_of_a_guideline_have_a_size_together(me: Actor) -> None:
    many = "\n".join(f'[[font]]\nname = "F{n}"\nfile = "f{n}.ttf"' for n in range(6))
    with pytest.raises(RejectedFile, match="have more than 100 MB"):
        guidelines.propose(me, f"{TEXT}\n{many}", {**FILES, **{f"f{n}.ttf": bytes(18_000_000) for n in range(6)}})


def test_a_background_may_be_larger_than_a_mark(me: Actor) -> None:
    text = TEXT.replace('kind = "badge"', 'kind = "background"').replace("clear_space = 0.2\nmin_width = 64", "")
    wide = encoded(np.zeros((2500, 3600, 3), np.uint8))
    row = guidelines.propose(me, text, {**FILES, "badge-new.png": wide})
    assert guidelines.definition(row).marks[2].kind == "background"


def test_an_svg_is_kept_with_the_png_that_operations_use(me: Actor) -> None:
    row = guidelines.propose(me, DRAWN, {**FILES, "logo-blue.svg": SVG})
    mark = guidelines.definition(row).marks[0]
    store = storage.store()
    assert store.get(mark.source_sha256 or "") == SVG
    assert store.get(mark.sha256 or "").startswith(b"\x89PNG")
    assert guidelines.stored(guidelines.definition(row), "logo-blue.svg") == {"logo-blue.svg": SVG}


def test_files_that_nobody_names_are_not_kept(me: Actor) -> None:
    guidelines.propose(me, TEXT, {**FILES, "notes.exe": b"MZ"})
    assert kept() == len(FILES)


@pytest.mark.parametrize("text", [TEXT, DRAWN])
def test_a_guideline_written_out_comes_back_as_the_same_definition(me: Actor, text: str) -> None:
    row = guidelines.propose(me, text, {**FILES, "logo-blue.svg": SVG})
    guidelines.approve(me)
    found, files = guidelines.export(me)
    assert (found.id, files["guideline.toml"].decode()) == (row.id, text)
    bundle = guidelines.zipped(files)
    assert bundle == guidelines.zipped(dict(reversed(files.items())))
    brought = guidelines.unzipped(bundle)
    assert brought.unused == ()
    again = guidelines.propose(me, brought.text, brought.files)
    assert (again.id, again.sha256) == (row.id, row.sha256)


def test_a_zip_of_one_folder_may_hold_more_than_is_needed(me: Actor) -> None:
    inside = {"guideline.toml": TEXT.encode(), **FILES, "OFL.txt": b"licence", "old.psd": bytes(50_000)}
    bundle = packed({**{f"Aster/{name}": data for name, data in inside.items()}, "__MACOSX/Aster/._x": b"x"})
    brought = guidelines.unzipped(bundle)
    assert (brought.text, brought.files, brought.unused) == (TEXT, FILES, ("OFL.txt", "old.psd"))


def lying(data: bytes, size: int) -> bytes:
    """The ZIP whose directory and header understate each size."""
    changed = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = changed.find(mark, 0)
        while place >= 0:
            changed[place + at : place + at + 4] = size.to_bytes(4, "little")
            place = changed.find(mark, place + 4)
    return bytes(changed)


def locked(data: bytes) -> bytes:
    """The ZIP with the mark of a password on each entry."""
    changed = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[changed.find(mark) + at] |= 1
    return bytes(changed)


TOML = {"guideline.toml": TEXT.encode()}
BOMBS = [
    (b"PK\x03\x04 no", "ZIP is damaged"),
    (packed(TOML)[:-30], "ZIP is damaged"),
    (packed({}), "no TOML file"),
    (packed({**TOML, "two.toml": b""}), "2 TOML files"),
    (packed({**TOML, **{f"{n}.txt": b"" for n in range(200)}}), "201 entries"),
    (packed({**TOML, "Inter.woff2": bytes(101_000_000)}, compresslevel=1), "unpack to more than 100 MB"),
    (packed({"guideline.toml": b"#" * 500_000}), "too large to be read"),
    (lying(packed({"guideline.toml": TEXT.encode() + b"#" * 500_000}), 300), "ZIP is damaged"),
    (packed({"../guideline.toml": TEXT.encode()}), "folders in it"),
    (packed({"/etc/guideline.toml": TEXT.encode()}), "folders in it"),
    (packed({**TOML, "fonts/Inter.woff2": INTER}), "folders in it"),
    (packed({"a\\guideline.toml": TEXT.encode()}), "folders in it|no TOML"),
    (locked(packed(TOML)), "password"),
    (packed({"guideline.toml": b"\xff\xfe"}), "isn't text in UTF-8"),
    (packed({"guideline.toml": b"[guideline]"}), "“name” is missing"),
]


@pytest.mark.parametrize(("data", "sentence"), BOMBS, ids=range(len(BOMBS)))
def test_a_zip_that_is_not_a_guideline_gets_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(RejectedFile, match=sentence):
        guidelines.unzipped(data)


def test_two_files_of_one_name_in_a_zip_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as bundle:
            bundle.writestr("guideline.toml", TEXT)
            bundle.writestr("guideline.toml", TEXT)
    with pytest.raises(RejectedFile, match="two files of one name"):
        guidelines.unzipped(made.getvalue())


CHANGED = (
    TEXT.replace("#B5532F", "#B5502F")
    .replace('name = "Sage"', 'name = "Salvia"')
    .replace('[[colour]]\nname = "Moss"\nhex = "#4F7A63"\ntolerance = 2.0\n', "")
    .replace("clear_space = 0.2 ", "clear_space = 0.3 ")
    .replace("clear_space = 0.2\n", "clear_space = 0.3\n")
    + '\n[[colour]]\nname = "Sky"\nhex = "#AACCEE"\n'
)


def proposed(me: Actor) -> tuple[recipes.Guideline, recipes.Guideline]:
    first = guidelines.propose(me, TEXT, FILES)
    guidelines.approve(me)
    second = guidelines.propose(me, CHANGED, {**FILES, "logo-white.png": mark_png("#FEFEFE")})
    return guidelines.definition(first), guidelines.definition(second)


def test_two_revisions_are_compared_in_pairs(me: Actor) -> None:
    found = guidelines.compare(*proposed(me))
    states = {(pair.row.name, pair.state) for pair in found.colours}
    assert states == {
        ("Aster blue", "same"), ("Clay", "changed"), ("Salvia", "changed"), ("Ink", "same"), ("Oat", "same"),
        ("Sky", "added"), ("Moss", "removed"),
    }  # fmt: skip
    assert {pair.renamed for pair in found.colours} == {None, "Sage"}
    assert [pair.state for pair in found.marks] == ["same", "changed", "changed"]
    assert [pair.state for pair in found.fonts] == ["same"]
    assert found.changes == 6
    assert list(found.rules) == [
        ("Salvia, name", "Sage", "Salvia"),
        ("Badge new, clear space", "0.2 × its height", "0.3 × its height"),
    ]


def test_a_licence_note_a_tolerance_and_a_title_are_told_in_words() -> None:
    old = recipes.parse_guideline(TEXT)
    text = TEXT.replace('title = "Aster"', 'title = "Aster 2027"').replace("tolerance = 2.0", "tolerance = 1.5", 1)
    text = text.replace('file = "Inter.woff2"', 'file = "Inter.woff2"\nlicence = "OFL 1.1"')
    assert list(guidelines.compare(old, recipes.parse_guideline(text)).rules) == [
        ("Title", "Aster", "Aster 2027"),
        ("Aster blue, tolerance", "2 ΔE2000", "1.5 ΔE2000"),
        ("Inter, licence note", None, "OFL 1.1"),
    ]


def test_the_distance_of_two_colours_is_ciede2000() -> None:
    """Black to white is 100 by definition, and equal is 0; the formula itself is tested with the colour space."""
    assert guidelines.distance("#000000", "#FFFFFF") == pytest.approx(100, abs=0.01)
    assert guidelines.distance("#2747B8", "#2747B8") == 0


@pytest.mark.usefixtures("rules")
def test_the_templates_that_name_what_is_dropped_or_changed_are_told(me: Actor) -> None:
    templates.propose(me, USES)
    templates.approve(me, "uses")
    old = definition()
    text = (
        TEXT.replace("#B5532F", "#B5502F")
        .replace("Moss", "Pine")
        .replace("Logo blue", "Logo")
        .replace('[[font]]\nname = "Inter"\nfile = "Inter.woff2"\n', "")
    )
    new = guidelines.definition(guidelines.propose(me, text, FILES))
    with db.transaction() as tx:
        found = {one.sentence: one.gone for one in guidelines.affected(tx, old, new) if one.name == "uses"}
    assert found == {
        "“To” starts with “Moss”, which is no longer in the palette.": True,
        "It always uses “Clay”, which becomes #B5502F.": False,
        "It always uses “Logo blue”, which is no longer among the marks.": True,
        "It sets copy in the brand’s fonts, and none is left.": True,
    }


@pytest.mark.usefixtures("rules")
def test_a_proposed_template_and_an_equal_guideline_affect_nobody(me: Actor) -> None:
    templates.propose(me, USES)
    with db.transaction() as tx:
        assert guidelines.affected(tx, definition(), definition()) == []
        dropped = guidelines.affected(tx, definition(), definition().model_copy(update={"colours": ()}))
    assert "uses" not in {one.name for one in dropped}


USES = """
[template]
name = "uses"
title = "Uses"
prompt = "Change it."
[[parameter]]
name = "to"
kind = "palette_colour"
default = "moss"
[[operation]]
kind = "colour_swap"
source = "Clay"
target = "{to}"
[[operation]]
kind = "copy_update"
old = "Summer"
new = "Winter"
[[operation]]
kind = "place_mark"
mark = "Logo blue"
width = 0.2
"""


def test_four_eyes_hold_for_a_guideline(me: Actor, person: Callable[[str, Role], Actor]) -> None:
    mara = person("mara", "lead")
    row: GuidelineRevision = guidelines.propose(mara, TEXT, FILES)
    approved = guidelines.approve(person("ines", "lead"), row.revision)
    assert (approved.state, approved.self_approved) == ("approved", False)

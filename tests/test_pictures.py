"""The demo brand's pictures: what files they are, what can be swapped in them, and that their rendering is sound."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, JpegImagePlugin
from skimage.color import deltaE_ciede2000, rgb2lab

from workbench.starter import flatwork, pictures, products
from workbench.starter.cloth import tote
from workbench.starter.light import Light, Look, Material, compress, decode, encode, linear, rgb
from workbench.starter.outlines import outline
from workbench.starter.studio import Camera, Frame, develop
from workbench.starter.turned import put_turned

STARTER = Path(pictures.__file__).parent
FONT = (STARTER.parent / "ui/static/Inter.woff2").read_bytes()


@pytest.fixture(scope="module")
def drawn() -> dict[str, pictures.Drawn]:
    return {picture.file_name: picture for picture in pictures.all(FONT)}


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(opened(data).convert("RGB"))


def test_the_brand_has_a_dozen_pictures_with_titles_of_their_own(drawn):
    assert len(drawn) >= 12
    assert len({picture.name for picture in drawn.values()}) == len(drawn)
    assert all(picture.collection and picture.tags for picture in drawn.values())


def test_every_file_is_what_its_name_says(drawn):
    for name, picture in drawn.items():
        image = opened(picture.data)
        image.load()
        assert image.format == {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}[name.split(".")[1]], name


def test_the_formats_are_mixed(drawn):
    sampling = {JpegImagePlugin.get_sampling(opened(p.data)) for n, p in drawn.items() if n.endswith(".jpg")}
    assert sampling >= {0, 2}
    assert opened(drawn["hand-cream-cutout.png"].data).mode == "RGBA"
    assert opened(drawn["tea-range-12mp.jpg"].data).size == (4000, 3000)
    assert opened(drawn["autumn-banner.png"].data).size == (2000, 800)
    assert b"VP8L" in drawn["garden-mint.webp"].data[:32]


def test_a_picture_is_the_same_bytes_every_time(drawn):
    for name in ("gift-carton.png", "badge-new.png"):
        assert pictures.one(FONT, name).data == drawn[name].data, name


def test_pictures_are_drawn_only_when_asked_for():
    waiting = pictures.all(b"not a font")
    with pytest.raises(OSError):
        next(waiting)


@pytest.mark.parametrize("name", sorted(pictures.COLOURS))
def test_the_named_colour_is_what_a_pipette_finds(drawn, name):
    image = opened(drawn[name].data)
    if image.info.get("icc_profile"):
        own = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        image = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"))
    array = np.asarray(image.convert("RGBA"))
    array = array[::5, ::5]
    visible = array[array[..., 3] == 255][:, :3]
    colour = np.array(rgb(pictures.COLOURS[name]), np.uint8)[None]
    away = deltaE_ciede2000(rgb2lab(visible), rgb2lab(colour))
    assert (away < 4).mean() > 0.004, name


def test_marks_are_tight_and_transparent():
    found = pictures.marks(FONT)
    assert set(found) == {"logo-blue.png", "logo-white.png", "badge-new.png"}
    for data in found.values():
        image = opened(data)
        assert image.mode == "RGBA"
        assert image.width >= 800
        assert image.getbbox() == (0, 0, *image.size)


def test_the_logo_is_one_exact_colour_under_its_alpha():
    logo = flatwork.logo(FONT, "#2747B8")
    assert (logo[..., :3] == rgb("#2747B8")).all()
    assert set(np.unique(logo[..., 3])) >= {0, 255}


def test_the_flaw_lies_outside_the_label_and_is_hard_to_see(drawn):
    files = pictures.flawed(FONT)
    assert files[0] == drawn["calm-serum.png"].data
    before, after = (pixels(data).astype(int) for data in files)
    changed = (before != after).any(2)
    assert before.shape == after.shape
    x, y, w, h = pictures.LABEL
    assert changed[y : y + h, x : x + w].mean() > 0.5
    changed[y : y + h, x : x + w] = False
    x, y, w, h = pictures.STRAY
    inside = changed[y : y + h, x : x + w].copy()
    changed[y : y + h, x : x + w] = False
    assert not changed.any()
    assert inside.sum() > 20_000
    apart = deltaE_ciede2000(
        rgb2lab(before[y : y + h, x : x + w].astype(np.uint8)), rgb2lab(after[y : y + h, x : x + w].astype(np.uint8))
    )
    assert 1.5 < np.median(apart) < 6


def test_another_label_colour_changes_nothing_but_the_label():
    sage, blue = (products.bottle(FONT, colour).light for colour in ("#7A8F6A", "#2747B8"))
    changed = (sage != blue).any(2)
    x, y, w, h = pictures.LABEL
    changed[y : y + h, x : x + w] = False
    assert not changed.any()


def test_flat_colours_are_exact(drawn):
    sheet = flatwork.pattern()
    colours, count = np.unique(sheet.reshape(-1, 3), axis=0, return_counts=True)
    flat = {tuple(int(v) for v in c): n for c, n in zip(colours, count, strict=True)}
    assert flat[rgb("#2747B8")] > 40_000
    assert flat[rgb("#F6F0E4")] > 1_000_000
    square = pixels(drawn["slow-mornings-square.png"].data)
    assert (square[360:420] == rgb("#7A8F6A")).all()
    banner = pixels(drawn["autumn-banner.png"].data)
    assert (banner[556:566, 200:350] == rgb("#2747B8")).all()


def test_the_wide_gamut_picture_looks_the_same_once_converted(drawn):
    image = opened(drawn["tote.png"].data)
    own = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    assert "Display P3" in ImageCms.getProfileDescription(own)
    converted = np.asarray(ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"))).astype(float)
    plain = encode(compress(tote(FONT, "#2747B8")))
    assert abs(np.mean(converted - plain)) < 0.2
    assert np.percentile(np.abs(converted - plain), 99) < 4


def test_a_turned_body_has_the_size_that_perspective_gives_it():
    camera = Camera(400, 400, focal=1200.0, eye=20.0, horizon=60.0, centre=200.0)
    frame = Frame(camera, np.zeros((400, 400, 3), np.float32))
    shape = outline([(4.9, 0, 0), (5.0, 0, 0.1), (5.0, 12.0, 0.1), (4.5, 12.0, 0)])
    put_turned(frame, shape, Look(Material("#808080")), Light(), z=100.0)
    # A tangent from the lens touches a circle of radius r at distance d at slope r/√(d² − r²).
    across = 2 * 1200 * 5 / np.sqrt(100**2 - 5**2)
    middle = frame.cover[200].sum()
    assert middle == pytest.approx(across, abs=0.5)
    foot = 60 + 1200 * 20 / 95
    assert np.flatnonzero(frame.cover[:, 200] > 0.5)[-1] == pytest.approx(foot, abs=1.5)


def test_silhouettes_have_no_holes_and_no_combs():
    camera = Camera(500, 600, focal=4200.0, eye=25.0, horizon=-420.0, centre=250.0)
    frame = Frame(camera, np.zeros((600, 500, 3), np.float32))
    shape = outline([(2.9, 0.0, 0), (3.3, 0.0, 0.35), (3.3, 10.0, 1.5), (1.5, 10.55, 0.3), (1.45, 10.6, 0)])
    put_turned(frame, shape, Look(Material("#808080")), Light(), z=120.0)
    solid = frame.cover > 0.5
    for lines in (solid, solid.T):
        starts = np.diff(np.pad(lines, ((0, 0), (1, 1))).astype(np.int8), axis=1) == 1
        assert starts.sum(1).max() == 1
    # Down the side the edge moves smoothly: its second difference is a fraction of a pixel.
    edge = frame.cover[:, :250].sum(1)[80:-100]
    assert np.abs(np.diff(edge, 2))[edge[2:] > 60].max() < 1.5


def test_grain_hides_the_steps_of_a_gradient():
    slope = np.broadcast_to(np.linspace(0.20, 0.22, 400, dtype=np.float32)[None, :, None], (300, 400, 3))
    smooth = develop(slope, grain=0.8).mean((0, 2))
    bare = develop(slope, grain=0).mean((0, 2))
    truth = encode(slope)[0, :, 0]
    assert np.abs(smooth - truth).max() < 0.35 < np.abs(bare - truth).max()


def test_coding_light_and_back_is_exact_for_every_code():
    codes = np.arange(256, dtype=np.uint8)
    assert (np.rint(encode(decode(codes))) == codes).all()
    assert np.allclose(linear("#FFFFFF"), 1)


def test_photographs_are_small_and_their_sources_named():
    sources = (STARTER / "photos/SOURCES.md").read_text()
    for photo in (STARTER / "photos").glob("*.jpg"):
        assert photo.stat().st_size <= 250_000
        assert photo.name in sources

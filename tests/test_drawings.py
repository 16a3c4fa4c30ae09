"""SVG marks: drawn as they look, and refused with a sentence when they are more than a drawing."""

import io

import numpy as np
import pytest
from PIL import Image

from workbench.errors import RejectedFile
from workbench.imaging import drawings

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 200 100"'
SQUARE = '<rect x="50" y="25" width="100" height="50" fill="#2747B8"/>'


def svg(inside: str = SQUARE, head: str = HEAD) -> bytes:
    return f"{head}>{inside}</svg>".encode()


def drawn(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(drawings.draw(data))))


def test_shapes_are_drawn_in_their_colour_on_a_transparent_ground() -> None:
    picture = drawn(svg())
    assert picture.shape == (1024, 2048, 4)
    assert picture[512, 1024].tolist() == [0x27, 0x47, 0xB8, 255]
    assert picture[10, 10, 3] == 0
    assert np.argwhere(picture[..., 3] > 127).min(0).tolist() == [256, 512]


def test_the_longer_side_has_2048_px_whichever_it_is() -> None:
    assert drawn(svg(head=HEAD.replace("0 0 200 100", "50 0 100 300"))).shape == (2048, 683, 4)
    assert drawn(svg(head=HEAD + ' width="4mm" height="2mm"')).shape == (1024, 2048, 4)


def test_a_small_page_is_not_cut_to_whole_pixels() -> None:
    """Most programs write millimetres or fractions; a mark that fills its page must fill the picture."""
    disc = '<ellipse cx="100" cy="50" rx="100" ry="50"/>'
    for page in ('width="15.118" height="7.559"', "width='4mm'\n height = '2mm'", 'width="100%"', "height='.1in'"):
        covered = np.argwhere(drawn(svg(disc, HEAD + f" {page}"))[..., 3] > 127)
        assert (covered.min(0).tolist(), covered.max(0).tolist()) == ([0, 0], [1023, 2047]), page


def test_a_page_without_a_view_box_shows_what_lies_on_it() -> None:
    head = HEAD.replace('viewBox="0 0 200 100"', 'width="200" height="100"')
    assert np.array_equal(drawn(svg(head=head)), drawn(svg()))


def test_the_same_drawing_gives_the_same_bytes() -> None:
    assert drawings.draw(svg()) == drawings.draw(svg())


def test_what_drawing_programs_write_is_understood() -> None:
    """A document type, editing data of another program, classes, gradients, groups, symbols and clipping."""
    words = f"""<?xml version="1.0" encoding="UTF-8"?>
    <!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
    {HEAD} xmlns:edit="http://www.example.org/edit"><edit:text onsave="x" href="http://www.example.org">Notes</edit:text>
    <style>/* brand */ .a {{ fill: url(#g); clip-path: url('#c') }}</style>
    <defs><linearGradient id="g"><stop stop-color="#f00"/></linearGradient><symbol id="s">{SQUARE}</symbol>
    <clipPath id="c"><rect width="100" height="100"/></clipPath></defs>
    <g class="a"><rect width="200" height="100"/></g><use xlink:href="#s"/></svg>"""
    picture = drawn(words.strip().encode("utf-8"))
    assert picture[10, 10].tolist() == [255, 0, 0, 255]
    assert picture[10, 2000, 3] == 0
    assert picture[512, 1400].tolist() == [0x27, 0x47, 0xB8, 255]


TEN = "".join(f'<use href="#a{{0}}" x="{n}"/>' for n in range(10))
REPEATED = "".join(f'<g id="a{n + 1}">{TEN.format(n)}</g>' for n in range(8))
WRONG = [
    (b"", "breaks off at line 1"),
    (b"{}", "breaks off at line 1"),
    (svg()[:-6], "breaks off"),
    (b"<html/>", "not an SVG"),
    (b'<svg width="10" height="10"/>', "not an SVG"),
    (b"\x1f\x8b\x08" + bytes(50), "compressed SVG"),
    (svg().decode().encode("utf-16"), "isn't text in UTF-8"),
    (svg(SQUARE + " " * 1_000_000), "accepts up to 1 MB"),
    (svg('<text x="9" y="60">Aster</text>'), "Convert type to outlines"),
    (svg(f"<g>{SQUARE}<text><tspan>A</tspan></text></g>"), "Convert type to outlines"),
    (svg(SQUARE + "<script>alert(1)</script>"), "holds a script"),
    (svg('<rect width="9" height="9" onload="alert(1)"/>'), "holds a script"),
    (svg("<foreignObject/>"), "a piece of a web page"),
    (svg('<image href="logo.png" width="9" height="9"/>'), "made of pixels"),
    (svg('<image href="data:image/png;base64,iVBORw0KGgo=" width="9" height="9"/>'), "made of pixels"),
    (svg('<filter id="f"/>'), "filter effects"),
    (svg('<use href="other.svg#mark"/>'), "outside the file"),
    (svg('<use xlink:href="file:///etc/passwd"/>'), "outside the file"),
    (svg('<a href="https://www.example.org">' + SQUARE + "</a>"), "outside the file"),
    (svg('<rect width="9" height="9" fill="url(http://www.example.org/a#b)"/>'), "outside the file"),
    (svg("<style>@import 'https://www.example.org/a.css';</style>" + SQUARE), "outside the file"),
    (svg("<style>@font-face { src: url(data:font/woff2;base64,AAAA) }</style>" + SQUARE), "outside the file"),
    (b'<?xml-stylesheet href="a.css"?>' + svg(), "outside the file"),
    (b'<!DOCTYPE svg [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]>' + svg("&b;"), "declares entities"),
    (b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + svg("&a;"), "declares entities"),
    (svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'), "refers to itself"),
    (svg(f'<g id="a0">{SQUARE}</g>{REPEATED}'), "too many shapes"),
    (svg("<g>" * 5_000 + "</g>" * 5_000), "too many shapes"),
    (svg('<g opacity=".9"><rect width="200" height="100"/></g>' * 400), "too many shapes"),
    (svg("<style>.a{mask:url(#m)}</style><mask id='m'/>" + '<g class="a"/>' * 400), "too many shapes"),
    (svg(head=HEAD.replace("0 0 200 100", "0 0 1 9000")), "too narrow"),
    (svg('<rect x="900" width="9" height="9"/>'), "shows nothing"),
    (svg(head=HEAD.replace(' viewBox="0 0 200 100"', "")), "give it a width and height"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "sentence"), WRONG, ids=range(len(WRONG)))
def test_what_is_more_or_less_than_a_drawing_gets_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(RejectedFile, match=sentence):
        drawings.draw(data)


def test_a_drawing_that_takes_too_long_is_given_up_at_a_small_size() -> None:
    sheets = '<g opacity=".9" mask="url(#m)"><rect width="200" height="100"/></g>' * 130
    nested = f'<mask id="m"><rect width="200" height="100" fill="#fff"/></mask>{sheets}'
    with pytest.raises(RejectedFile, match="too long to draw"):
        drawings.draw(svg(nested))

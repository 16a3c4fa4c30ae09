"""Which other kind of file this is, so that a refusal can name it and say what to save instead."""

_MAGIC = (
    (b"GIF8", "a GIF"),
    (b"II*\x00", "a TIFF or raw camera file"),
    (b"MM\x00*", "a TIFF or raw camera file"),
    (b"II+\x00", "a TIFF"),
    (b"MM\x00+", "a TIFF"),
    (b"BM", "a BMP"),
    (b"8BPS", "a Photoshop document"),
    (b"%PDF", "a PDF"),
    (b"%!PS", "an EPS or PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "an EPS"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL"),
    (b"\x00\x00\x01\x00", "an icon file"),
    (b"\x1f\x8b", "a compressed file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"RIFF", "a sound or video file"),
    (b"\x1aE\xdf\xa3", "a video"),
)
_BRANDS = {
    b"avif": "an AVIF",
    b"avis": "an AVIF",
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "a HEIC photo"),
}


def kind_of(data: bytes) -> str:
    """A few words for what `data` is, article first, such as "a GIF"; "an unknown kind of file" when nothing fits."""
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "a video")
    for magic, words in _MAGIC:
        if data.startswith(magic):
            return words
    return _text(data[:4096]) or "an unknown kind of file"


def _text(start: bytes) -> str | None:
    try:
        text = start.decode("utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", errors="strict")
    except UnicodeDecodeError as error:
        # A character cut in half at the end of the window is still text.
        if error.start < len(start) - 4:
            return None
        text = start[: error.start].decode("utf-8-sig", errors="ignore")
    if "\x00" in text:
        return None
    lower = text.lower()
    if "<svg" in lower:
        return "an SVG"
    return "a web page" if "<html" in lower or "<!doctype html" in lower else "a text file"

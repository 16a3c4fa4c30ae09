"""Image files and ICC profiles for tests, made here so that none has to be shipped."""

import io
import struct

from PIL import ImageCms


def file(image, format="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def matrix_profile(**colorants):
    """The sRGB profile with other primaries (XYZ, D50)."""
    icc = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for i in range(struct.unpack(">I", icc[128:132])[0]):
        tag, offset, _ = struct.unpack(">4sII", icc[132 + 12 * i : 144 + 12 * i])
        if tag.decode() in colorants:
            icc[offset + 8 : offset + 20] = struct.pack(">iii", *(round(v * 65536) for v in colorants[tag.decode()]))
    return bytes(icc)


SRGB = matrix_profile()
#: Display P3's primaries, adapted to D50
WIDE = matrix_profile(
    rXYZ=(0.51512, 0.2412, -0.00105), gXYZ=(0.29198, 0.69225, 0.04189), bXYZ=(0.1571, 0.06657, 0.78407)
)


def grey_profile():
    """A grey profile of gamma 1.0, written by hand (ICC.1:2010, 8.5)."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, 0x0100) + bytes(2)
    white = b"XYZ " + bytes(4) + struct.pack(">iii", 63190, 65536, 54061)
    text = b"text" + bytes(4) + b"linear grey\0"
    body, table, at = b"", b"", 128 + 4 + 12 * 4
    for tag, data in ((b"kTRC", curve), (b"wtpt", white), (b"cprt", text), (b"desc", text)):
        table += tag + struct.pack(">II", at + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", 0, b"test", 0x02100000, b"mntr", b"GRAY", b"XYZ ") + bytes(12) + b"acsp"
    head = (head + bytes(28) + struct.pack(">iii", 63190, 65536, 54061)).ljust(128, b"\0")
    icc = head + struct.pack(">I", 4) + table + body
    return struct.pack(">I", len(icc)) + icc[4:]

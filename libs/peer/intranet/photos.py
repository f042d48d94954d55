"""A photo as it was sent, into the small square that is kept.

Made anew from the pixels: what a camera wrote beside them (place, time, a larger preview) does not come along.

Source: docs/decisions/0039-the-roster-on-an-intranet.md
"""

import io
import warnings

from PIL import Image, ImageOps

from libs.peer.intranet.errors import NotAPhoto

LARGEST_PHOTO_BYTES = 8 * 1024**2
SIDE = 320
"""Pixels of a side: four times what a page shows, so that paper has 300 to the inch."""
_MOST_PIXELS = 50_000_000
"""Of a JPEG, as phones make them: it is unpacked no larger than needed."""
_MOST_UNPACKED = 16_000_000
"""Of what has to be unpacked whole: 64 MB."""
_FORMATS = ("JPEG", "PNG", "WEBP")
_JPEGS = {"JPEG", "MPO"}
"""MPO is what some phones make: a JPEG with further ones behind it, which nobody looks at."""
_FACE = (0.5, 0.4)
"""Where a square is taken out of a longer picture: a little above its middle."""
_WHITE = (255, 255, 255)


def square(content: bytes) -> bytes:
    """Return a photo as a square JPEG of `SIDE` pixels, upright, without anything but the picture.

    Takes up to a second; not for the event loop.

    Raises:
        NotAPhoto: no JPEG, PNG or WebP, a broken one, or too large; judged by its head before it is unpacked.
    """
    if not content or len(content) > LARGEST_PHOTO_BYTES:
        raise NotAPhoto
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is odd in it; whether it is too large is ours to say
            return _square(content)
    except NotAPhoto:
        raise
    except (OSError, ValueError, SyntaxError, ArithmeticError, LookupError, MemoryError, Image.DecompressionBombError):
        # Pillow says of broken files whatever its decoders run into.
        raise NotAPhoto from None


def _square(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content), formats=_FORMATS) as sent:
        if sent.width * sent.height > (_MOST_PIXELS if sent.format in _JPEGS else _MOST_UNPACKED):
            raise NotAPhoto
        sent.thumbnail((4 * SIDE, 4 * SIDE))
        upright = _opaque(ImageOps.exif_transpose(sent))
        return _written(ImageOps.fit(upright, (SIDE, SIDE), Image.Resampling.LANCZOS, centering=_FACE))


def _opaque(picture: Image.Image) -> Image.Image:
    """Return it on white, in the colors that a JPEG has."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    ground = Image.new("RGBA", layered.size, (*_WHITE, 255))
    return Image.alpha_composite(ground, layered).convert("RGB")


def _written(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.info.clear()
    picture.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()

"""A photo as it was sent becomes a small square of pixels alone; what is none is refused before it is unpacked."""

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from libs.peer.intranet import photos
from libs.peer.intranet.errors import NotAPhoto

_RED, _BLUE = (200, 20, 20), (20, 20, 200)
_PLACE = b"Somewhere 12, Kansas City"


def _sent(kind: str, size: tuple[int, int] = (900, 600), mode: str = "RGB", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, _RED if mode == "RGB" else 0).save(out, kind, **more)
    return out.getvalue()


def _seen(content: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(photos.square(content)))
    found.load()
    assert (found.format, found.mode, found.size) == ("JPEG", "RGB", (photos.SIDE, photos.SIDE))
    return found


def _is(color: tuple[int, ...], picture: Image.Image, at: tuple[int, int]) -> bool:
    found = picture.getpixel(at)
    assert isinstance(found, tuple)
    return all(abs(one - other) < 24 for one, other in zip(found, color, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(900, 600), (60, 4000), (1, 1), (320, 320)])
def test_each_kind_and_shape_becomes_the_square(kind: str, size: tuple[int, int]) -> None:
    assert _is(_RED, _seen(_sent(kind, size)), (160, 160))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16"])
def test_every_mode_of_a_picture_is_taken_and_what_is_clear_is_white(mode: str) -> None:
    seen = _seen(_sent("PNG", mode=mode))
    assert not mode.endswith("A") or _is((255, 255, 255), seen, (160, 160))


def test_a_cmyk_jpeg_is_taken() -> None:
    assert _is((255, 255, 255), _seen(_sent("JPEG", mode="CMYK")), (160, 160)), "no ink is white"


def test_place_and_time_do_not_come_along_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    exif[0x010E] = _PLACE.decode()
    exif.get_ifd(0x8825)[2] = (39.0, 5.0, 59.0)
    picture = Image.new("RGB", (600, 600), _RED)
    picture.paste(_BLUE, (0, 0, 300, 600))
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=_PLACE, quality=95)
    assert _PLACE in out.getvalue()
    kept = photos.square(out.getvalue())
    seen = Image.open(io.BytesIO(kept))
    assert _is(_BLUE, seen, (160, 40))
    assert _is(_RED, seen, (160, 280))
    assert _PLACE not in kept
    assert not seen.getexif()
    assert set(seen.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def _head_of_a_png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"\0" * 1_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(4001, 4000), (30_000, 30_000), (2**31 - 1, 2**31 - 1), (0, 5)])
def test_a_bomb_is_refused_by_its_head(size: tuple[int, int]) -> None:
    tracemalloc.start()
    with pytest.raises(NotAPhoto):
        photos.square(_head_of_a_png(*size))
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda: b"", id="nothing"),
        pytest.param(lambda: b"x" * (photos.LARGEST_PHOTO_BYTES + 1), id="too large"),
        pytest.param(lambda: _sent("GIF"), id="a GIF"),
        pytest.param(lambda: _sent("TIFF"), id="a TIFF"),
        pytest.param(lambda: _sent("BMP"), id="a BMP"),
        pytest.param(lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", id="an SVG"),
        pytest.param(lambda: _cut(_sent("JPEG")), id="a broken JPEG"),
        pytest.param(lambda: _cut(_sent("PNG")), id="a broken PNG"),
        pytest.param(lambda: _cut(_sent("WEBP")), id="a broken WebP"),
    ],
)
def test_what_is_no_photo_is_refused(content: Callable[[], bytes]) -> None:
    with pytest.raises(NotAPhoto):
        photos.square(content())


_WHOLE = {kind: _sent(kind, (64, 64)) for kind in ("JPEG", "PNG", "WEBP")}


@given(st.sampled_from(sorted(_WHOLE)), st.integers(0, 400), st.binary(min_size=1, max_size=12))
def test_a_damaged_file_is_taken_or_refused_and_nothing_else_happens(kind: str, at: int, bytes_: bytes) -> None:
    content = _WHOLE[kind]
    at = at % len(content)
    try:
        kept = photos.square(content[:at] + bytes_ + content[at + len(bytes_) :])
    except NotAPhoto:
        return
    assert Image.open(io.BytesIO(kept)).size == (photos.SIDE, photos.SIDE)

#!/usr/bin/env python3
"""Makes the pictures of this folder and, beside each, what Pillow's convert("RGB") gives for it, as PPM;
in composed, what pasting those with transparency on BACKGROUND gives.

    apt-get install python3-pil && /usr/bin/python3 make.py

Made with Pillow 9.4.0 (Debian 12). Pictures are 23 x 17: no multiple of a JPEG block.
"""
import struct
import sys
import zlib
from io import BytesIO
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
W, H = 23, 17
BACKGROUND = (0x33, 0x66, 0xCC)


def colour(x, y):
    return (x * 11) % 256, (y * 15) % 256, (x * y * 3 + 40) % 256


def rgb():
    image = Image.new("RGB", (W, H))
    image.putdata([colour(x, y) for y in range(H) for x in range(W)])
    return image


def alpha():
    image = Image.new("L", (W, H))
    image.putdata([0 if x < 6 else min(255, (x * 13 + y) % 300) for y in range(H) for x in range(W)])
    return image


def rgba():
    image = rgb().convert("RGBA")
    image.putalpha(alpha())
    return image


def cmyk():
    image = Image.new("CMYK", (W, H))
    image.putdata([((x * 9) % 256, (y * 14) % 256, (x + y) * 5 % 256, (x * 3) % 120) for y in range(H) for x in range(W)])
    return image


def save(name, image, **options):
    image.save(HERE / name, **options)


def png(name, depth, kind, rows, extra=()):
    """A PNG of a kind that Pillow does not write."""
    def chunk(tag, data):
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
    header = struct.pack(">IIBBBBB", W, H, depth, kind, 0, 0, 0)
    content = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    parts = [chunk(b"IHDR", header), *(chunk(t, d) for t, d in extra), chunk(b"IDAT", content), chunk(b"IEND", b"")]
    (HERE / name).write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def without_adobe(data):
    """A JPEG without its APP14 segment."""
    at = data.index(b"\xff\xee")
    return data[:at] + data[at + 2 + struct.unpack(">H", data[at + 2:at + 4])[0]:]


def sixteen(*channels):
    return b"".join(struct.pack(">H", c * 257 % 65536 if i % 2 else c * 251 + 77) for i, c in enumerate(channels))


exif = Image.Exif()
exif[0x0112] = 6  # to be turned by 90 degrees
save("jpeg-rotated-by-exif.jpg", rgb(), quality=90, exif=exif)
save("jpeg-progressive.jpg", rgb(), quality=85, progressive=True)
save("jpeg-444.jpg", rgb(), quality=95, subsampling=0)
save("jpeg-422.jpg", rgb(), quality=80, subsampling=1)
save("jpeg-gray.jpg", rgb().convert("L"), quality=90)
save("jpeg-cmyk.jpg", cmyk(), quality=90)
buffer = BytesIO()
cmyk().save(buffer, "JPEG", quality=90)
(HERE / "jpeg-cmyk-without-adobe.jpg").write_bytes(without_adobe(buffer.getvalue()))
save("png-gray.png", rgb().convert("L"))
save("png-gray-alpha.png", rgba().convert("LA"))
save("png-rgba.png", rgba())
save("png-one-bit.png", rgb().convert("1"))
palette = rgb().quantize(16)
save("png-palette.png", palette)
save("png-palette-transparent.png", palette, transparency=3)
save("png-palette-alphas.png", palette, transparency=bytes(range(0, 256, 16)))
save("png-colour-key.png", rgb(), transparency=colour(3, 2))
save("png-gray-key.png", rgb().convert("L"), transparency=40)
png("png-rgb-16.png", 16, 2, [b"".join(sixteen(*colour(x, y)) for x in range(W)) for y in range(H)])
png("png-rgba-16.png", 16, 6, [b"".join(sixteen(*colour(x, y), x * 7) for x in range(W)) for y in range(H)])
png("png-gray-alpha-16.png", 16, 4, [b"".join(sixteen(colour(x, y)[2], x * 7) for x in range(W)) for y in range(H)])
png("png-gray-16.png", 16, 0, [b"".join(sixteen(colour(x, y)[2]) for x in range(W)) for y in range(H)])
png("png-gray-4.png", 4, 0, [bytes((x * 5 + y) % 256 for x in range((W + 1) // 2)) for y in range(H)])
save("png-animated.png", rgb(), save_all=True, append_images=[rgb().rotate(180)])
save("gif.gif", palette)
save("gif-transparent.gif", palette, transparency=3)
save("gif-animated.gif", palette, save_all=True, append_images=[rgb().rotate(180).quantize(16)], duration=100, loop=0)
save("gif-gray.gif", rgb().convert("L"))
save("webp-lossy.webp", rgb(), quality=80)
save("webp-lossless.webp", rgb(), lossless=True)
save("webp-alpha.webp", rgba(), lossless=True, exact=True)
save("webp-lossy-alpha.webp", rgba(), quality=80)
save("webp-animated.webp", rgb(), save_all=True, append_images=[rgb().rotate(180)], duration=100, lossless=True)
save("bmp.bmp", rgb())
save("bmp-palette.bmp", palette)
save("bmp-32.bmp", rgba())

for path in sorted(HERE.iterdir()):
    if path.is_file() and path.suffix not in (".py", ".ppm", ".md"):
        with Image.open(path) as image:
            image.convert("RGB").save(path.with_suffix(path.suffix + ".ppm"))
            if image.mode in ("RGBA", "LA") or "transparency" in image.info:
                composed = Image.new("RGB", image.size, BACKGROUND)
                composed.paste(image.convert("RGB"), mask=image.convert("RGBA").getchannel("A"))
                composed.save(HERE / "composed" / (path.name + ".ppm"))
            print(path.name, image.mode, image.info.get("transparency", ""), file=sys.stderr)

"""Decoding and transforms against Pillow and torchvision, byte for byte.

Usage: pillow_test.py BINARY SOURCE_DIR [--full] [--json FILE]

Every expected image is computed here by Pillow; the binary prints the SHA-256 of its own. Without --full a few crops of
every image of shared/data/imagenet-sample are compared, with --full 50 random crops of each (minutes).
"""
import hashlib
import io
import random
import struct
import subprocess
import sys
import tempfile
import warnings
import zlib
from pathlib import Path

try:
    import numpy as np
    from PIL import Image, ImageFilter, ImageOps, features
    import torchvision.transforms as T
    import torchvision.transforms.functional as F
except ImportError as missing:
    print(f"skipped: {missing} (tools/setup.sh --dev installs what this test needs)")
    sys.exit(77)

import findings

FILTERS = {"bicubic": Image.BICUBIC, "bilinear": Image.BILINEAR, "lanczos": Image.LANCZOS, "nearest": Image.NEAREST}


def digest(image):
    return f"{image.width}x{image.height} {hashlib.sha256(image.tobytes()).hexdigest()}"


def load(path):
    with open(path, "rb") as file:
        return Image.open(file).convert("RGB")


def digests(binary, lines, folder):
    """What the binary makes of lines (path, op, op ...): its own digests."""
    listing = Path(folder) / "list.txt"
    listing.write_text("".join("\t".join(map(str, line)) + "\n" for line in lines))
    run = subprocess.run([binary, "transform", "--digests", listing], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"the binary failed: {run.stderr}")
    out = [line for line in run.stdout.splitlines() if line]
    if len(out) != len(lines):
        sys.exit(f"{len(lines)} results were expected, the binary printed {len(out)}")
    return out


# ---- transforms: the text the binary takes, and what Pillow or torchvision does ----

def apply(image, op):
    name, _, value = op.partition("=")
    if name == "crop":
        left, top, width, height = map(int, value.split(","))
        return F.crop(image, top, left, height, width)
    if name == "resize":
        size, _, kind = value.partition(":")
        width, height = map(int, size.split("x"))
        return image.resize((width, height), FILTERS[kind or "bicubic"])
    if name == "shortside":
        size, _, kind = value.partition(":")
        return T.Resize(int(size), interpolation=FILTERS[kind or "bicubic"])(image)
    if name == "centercrop":
        return T.CenterCrop(int(value))(image)
    if name == "thumbnail":
        image = image.copy()
        image.thumbnail((int(value), int(value)), Image.LANCZOS)
        return image
    if name == "blur":
        return image.filter(ImageFilter.GaussianBlur(radius=float(value)))
    if name == "solarize":
        return ImageOps.solarize(image, threshold=int(value))
    if name == "hflip":
        return F.hflip(image)
    if name == "grayscale":
        return F.to_grayscale(image, num_output_channels=3)
    return getattr(F, f"adjust_{name}")(image, float(value))


def jitter_ops(rng):
    ops = [f"brightness={rng.uniform(0.6, 1.4)!r}", f"contrast={rng.uniform(0.6, 1.4)!r}",
           f"saturation={rng.uniform(0.8, 1.2)!r}", f"hue={rng.uniform(-0.1, 0.1)!r}"]
    rng.shuffle(ops)
    return ops


def wild_ops(rng):
    """Beyond what DINO draws: wide factors, the special ones, hue to its ends, long blurs."""
    return rng.choice([
        [f"brightness={rng.choice([0.0, 1.0, 0.3, 2.7, rng.uniform(0, 3)])!r}"],
        [f"contrast={rng.choice([0.0, 1.0, 0.3, 2.7, rng.uniform(0, 3)])!r}"],
        [f"saturation={rng.choice([0.0, 1.0, 0.3, 2.7, rng.uniform(0, 3)])!r}"],
        [f"hue={rng.choice([-0.5, 0.5, 0.0, 0.25, rng.uniform(-0.5, 0.5)])!r}"],
        [f"blur={rng.choice([0.01, 0.1, 1.0, 2.0, 3.7, 12.5, rng.uniform(0, 30)])!r}"],
        [f"solarize={rng.choice([0, 1, 128, 255, 256, rng.randrange(257)])}"],
    ])


def random_box(width, height, rng):
    w, h = rng.randint(1, width), rng.randint(1, height)
    if rng.random() < 0.5:  # as the views do
        share, ratio = rng.uniform(0.05, 1), rng.uniform(3 / 4, 4 / 3)
        w = min(max(round((share * width * height * ratio) ** 0.5), 1), width)
        h = min(max(round((share * width * height / ratio) ** 0.5), 1), height)
    return f"crop={rng.randint(0, width - w)},{rng.randint(0, height - h)},{w},{h}"


def view_lines(path, image, crops, rng):
    """Chains as in training, each filter, each transform alone, whole-image operations."""
    lines = [[path], [path, f"shortside=256:{rng.choice(list(FILTERS))}", "centercrop=224"],
             [path, f"thumbnail={rng.choice([224, 96, 37, 512, rng.randint(1, 700)])}"], [path, "hflip", "grayscale"],
             [path, f"centercrop={rng.randint(1, 700)}"], [path, *wild_ops(rng)]]
    for index in range(crops):
        side = rng.choice([224, 224, 96, 96, 96, rng.randint(1, 300)])
        other = side if rng.random() < 0.8 else rng.randint(1, 300)
        resize = f"resize={side}x{other}:{rng.choice(['bicubic'] * 3 + list(FILTERS))}"
        line = [path, random_box(*image.size, rng), resize]
        kind = index % 5
        if kind == 1:
            line += rng.choice([["hflip"], ["grayscale"], ["solarize=128"], [f"blur={rng.uniform(0.1, 2)!r}"]])
        elif kind == 2:
            line += [rng.choice(jitter_ops(rng))]
        elif kind == 3:
            line += wild_ops(rng)
        elif kind == 4:
            line += ["hflip", *jitter_ops(rng), f"blur={rng.uniform(0.1, 2)!r}", "solarize=128"]
        lines.append(line)
    return lines


def compare(binary, lines, folder, images):
    """Number of lines whose result differs; `images` caches the decoded files of the lines' paths."""
    wrong = 0
    for line, ours in zip(lines, digests(binary, lines, folder)):
        image = images(line[0])
        for op in line[1:]:
            image = apply(image, op)
        if digest(image) != ours:
            wrong += 1
            print("differs:", " ".join(map(str, line)), "| Pillow", digest(image), "| ours", ours)
    return wrong


def check_transforms(binary, paths, crops, folder):
    wrong = done = 0
    for start in range(0, len(paths), 20):  # few processes, little memory
        images = {path: load(path) for path in paths[start:start + 20]}
        lines = [line for path, image in images.items() for line in view_lines(path, image, crops, random.Random(path.name))]
        wrong += compare(binary, lines, folder, images.get)
        done += len(lines)
    findings.count(transforms=done, images=len(paths), differ=wrong)
    print(f"transforms: {done} results of {len(paths)} images, {wrong} differ")
    return wrong


# ---- formats: files written here, by Pillow or by hand ----

def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, rows, palette=b"", transparency=b""):
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    extra = (png_chunk(b"PLTE", palette) if palette else b"") + (png_chunk(b"tRNS", transparency) if transparency else b"")
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + head + extra + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def png_files(rng):
    """Every bit depth and colour type, palettes shorter than the indices, transparency."""
    for colour, channels, depths in ((0, 1, (1, 2, 4, 8, 16)), (2, 3, (8, 16)), (3, 1, (1, 2, 4, 8)), (4, 2, (8, 16)), (6, 4, (8, 16))):
        for depth in depths:
            width, height = 13, 7
            size = (width * channels * depth + 7) // 8
            rows = [rng.randbytes(size) for _ in range(height)]
            if depth == 16 and colour == 0:  # small values are not clipped
                rows[0] = bytes(size // 2 * [0, 77])
            palette = rng.randbytes(3 * (1 << depth)) if colour == 3 else b""
            yield f"png_{colour}_{depth}.png", png(width, height, depth, colour, rows, palette)
            if colour == 3:
                yield f"png_trns_{depth}.png", png(width, height, depth, colour, rows, palette, b"\0\x80")
    yield "png_short_palette.png", png(4, 1, 8, 3, [bytes([0, 1, 2, 200])], bytes([9, 8, 7, 255, 0, 1]))
    yield "png_rgb_trns.png", png(2, 1, 8, 2, [bytes(range(6))], b"", bytes([0, 0, 0, 1, 0, 2]))


def pnm_files(rng):
    grey = rng.randbytes(35)
    yield "p1.pbm", b"P1\n# a comment\n7 5\n" + b" ".join(b"1" if v & 1 else b"0" for v in grey) + b"\n"
    yield "p1_dense.pbm", b"P1 7 5 " + bytes(49 if v & 1 else 48 for v in grey)
    yield "p4.pbm", b"P4\n7 5\n" + grey[:5]
    for top in (255, 100, 15, 1):
        yield f"p2_{top}.pgm", b"P2\n7 5\n%d\n" % top + b"\n".join(b"%d" % (v % (top + 1)) for v in grey)
        yield f"p5_{top}.pgm", b"P5\n7 # here too\n5\n%d\n" % top + bytes(v % (top + 1) for v in grey)
        yield f"p6_{top}.ppm", b"P6 7 5 %d\n" % top + bytes(v % (top + 1) for v in grey * 3)
        yield f"p3_{top}.ppm", b"P3 7 5 %d\n" % top + b" ".join(b"%d" % (v % (top + 1)) for v in grey * 3)
    for top in (256, 1000, 65535):
        wide = b"".join(struct.pack(">H", v * 3 % (top + 1)) for v in grey)
        yield f"p5_{top}.pgm", b"P5 7 5 %d\n" % top + wide
        yield f"p6_{top}.ppm", b"P6 7 5 %d\n" % top + wide * 3
        yield f"p2_{top}.pgm", b"P2 7 5 %d\n" % top + b" ".join(b"%d" % (v * 3 % (top + 1)) for v in grey)


def bmp(width, height, bits, rows, palette=b"", masks=b"", size=40, top_down=False):
    head = struct.pack("<IiiHHIIiiII", size, width, -height if top_down else height, 1, bits, 3 if masks else 0, 0, 0, 0,
                       len(palette) // 4, 0)
    head += masks + b"\0" * (size - 40 - (len(masks) if size > 40 else 0))
    offset = 14 + len(head) + len(palette)
    body = b"".join(row + b"\0" * (-len(row) % 4) for row in rows)
    return b"BM" + struct.pack("<IHHI", offset + len(body), 0, 0, offset) + head + palette + body


def bmp_files(rng):
    width, height = 13, 5
    for bits in (1, 4, 8, 16, 24, 32):
        rows = [rng.randbytes((width * bits + 7) // 8) for _ in range(height)]
        palette = rng.randbytes(4 << bits) if bits <= 8 else b""
        yield f"bmp_{bits}.bmp", bmp(width, height, bits, rows, palette)
        yield f"bmp_{bits}_down.bmp", bmp(width, height, bits, rows, palette, top_down=True)
    rows = [rng.randbytes(width * 2) for _ in range(height)]
    yield "bmp_565.bmp", bmp(width, height, 16, rows, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F))
    rows = [rng.randbytes(width * 4) for _ in range(height)]
    yield "bmp_masks.bmp", bmp(width, height, 32, rows, masks=struct.pack("<IIII", 0xFF, 0xFF00, 0xFF0000, 0xFF000000), size=56)
    yield "bmp_v5.bmp", bmp(width, height, 32, rows, masks=struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0), size=124)
    os2 = struct.pack("<IHHHH", 12, 8, 2, 1, 24)
    yield "bmp_os2.bmp", b"BM" + struct.pack("<IHHI", 26 + 48, 0, 0, 26) + os2 + rng.randbytes(48)


def saved(image, name, **options):
    out = io.BytesIO()
    image.save(out, format=Path(name).suffix[1:].replace("jpg", "jpeg").replace("tif", "tiff"), **options)
    return name, out.getvalue()


def pillow_files(photo):
    for subsampling in (0, 1, 2):
        for progressive in (False, True):
            yield saved(photo, f"jpg_{subsampling}_{progressive}.jpg", subsampling=subsampling, progressive=progressive, quality=83)
    yield saved(photo.convert("L"), "jpg_grey.jpg")
    yield saved(photo.convert("CMYK"), "jpg_cmyk.jpg")
    yield saved(photo, "jpg_restart.jpg", restart_marker_blocks=3)
    yield saved(photo, "jpg_rgb.jpg", keep_rgb=True)
    yield saved(photo, "webp_lossy.webp", quality=70)
    yield saved(photo, "webp_exact.webp", lossless=True)
    with_alpha = photo.convert("RGBA")
    with_alpha.putalpha(photo.convert("L"))
    yield saved(with_alpha, "webp_alpha.webp", quality=70)
    yield saved(with_alpha, "webp_alpha_exact.webp", lossless=True, exact=True)
    for compression in (None, "packbits", "tiff_lzw", "tiff_deflate", "tiff_adobe_deflate", "jpeg"):
        label = compression or "raw"
        yield saved(photo, f"tiff_rgb_{label}.tif", compression=compression)
        yield saved(photo.convert("L"), f"tiff_grey_{label}.tif", compression=compression)
        if compression == "jpeg":
            continue
        yield saved(photo.convert("P"), f"tiff_palette_{label}.tif", compression=compression)
        yield saved(photo.convert("1"), f"tiff_bits_{label}.tif", compression=compression)
        yield saved(photo.convert("CMYK"), f"tiff_cmyk_{label}.tif", compression=compression)
        yield saved(with_alpha, f"tiff_alpha_{label}.tif", compression=compression)
        wide = Image.fromarray((np.asarray(photo.convert("L")).astype(np.uint16) * 5))
        yield saved(wide, f"tiff_16_{label}.tif", compression=compression)
    yield saved(photo.convert("1"), "tiff_group4.tif", compression="group4")
    for orientation in range(1, 9):
        yield saved(photo, f"tiff_turned_{orientation}.tif", tiffinfo={274: orientation})
        yield saved(photo, f"jpg_turned_{orientation}.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0%c\0\0\0\0\0\0" % orientation)


def check_formats(binary, photo, folder):
    rng = random.Random(13)
    paths = []
    for name, content in [*png_files(rng), *pnm_files(rng), *bmp_files(rng), *pillow_files(photo)]:
        path = Path(folder) / name
        path.write_bytes(content)
        paths.append(path)
    wrong = compare(binary, [[path] for path in paths], folder, load)
    findings.count(format_files=len(paths), differ=wrong)
    print(f"formats: {len(paths)} files, {wrong} differ (Pillow {Image.__version__}, libjpeg {features.version('jpg')})")
    return wrong


def opens(path):
    try:
        load(path)
        return True
    except (OSError, SyntaxError, ValueError):
        return False


def check_damage(binary, photo, folder, full):
    """Cut files: refused with the name and exit code 2 where Pillow refuses them, never a crash."""
    rng = random.Random(5)
    wrong = tried = 0
    files = [*pnm_files(rng), *bmp_files(rng), *png_files(rng), *pillow_files(photo.resize((40, 31)))]
    for name, content in files[::4 if full else 12]:  # a process each
        for cut in (0, 1, 9, 30, len(content) // 2, len(content) - 3) if full else (30, len(content) // 2, len(content) - 3):
            path = Path(folder) / f"cut_{cut}_{name}"
            path.write_bytes(content[:cut])
            run = subprocess.run([binary, "transform", path, "--output", Path(folder) / "out.png"], capture_output=True, text=True)
            tried += 1
            clear = run.returncode == 2 and path.name in run.stderr and len(run.stderr.strip().splitlines()) == 1
            if run.returncode not in (0, 2) or (run.returncode == 2 and not clear) or (run.returncode == 0 and not opens(path)):
                wrong += 1
                print(f"damage: {path.name}: exit {run.returncode}, Pillow opens: {opens(path)}: {run.stderr.strip()}")
    findings.count(cut_files=tried, differ=wrong)
    print(f"damage: {tried} cut files, {wrong} answered badly")
    return wrong


def main():
    warnings.simplefilter("ignore")  # of damaged files, on purpose
    binary, source = sys.argv[1:3]
    full = "--full" in sys.argv
    data = Path(source).parent / "shared" / "data"
    with tempfile.TemporaryDirectory() as folder:
        noise = np.random.default_rng(1).integers(0, 256, (61, 83, 3), dtype=np.uint8)
        photo = Image.fromarray(noise).resize((203, 151), Image.BICUBIC)
        wrong = check_formats(binary, photo, folder) + check_damage(binary, photo, folder, full)
        noisy = Path(folder) / "noise.png"
        Image.fromarray(noise).save(noisy)
        paths = [noisy]
        if data.is_dir():
            paths += sorted((data / "imagenet-sample").glob("*.JPEG"))
            odd = [p for p in sorted((data / "odd-images").rglob("*.*")) if p.suffix.lower() not in (".gif", ".md", "") and opens(p)]
            unlike = compare(binary, [[path] for path in odd], folder, load)
            findings.count(odd_images=len(odd), differ=unlike)
            wrong += unlike
            print(f"odd images: {len(odd)} files compared")
        else:
            print(f"no {data}: real images are not compared")
        wrong += check_transforms(binary, paths, 50 if full else 4, folder)
    if not wrong:
        findings.save()
    sys.exit(1 if wrong else 0)


main()

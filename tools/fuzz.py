"""Odd input, as much of it as you like: whatever is no success and no CarlearnError is a finding.

    python tools/fuzz.py [--inputs 500] [--seed 0] [--minutes 5] [--only photos,reports]

Hypothesis draws each input from a seed, and makes one that breaks something small; its files are left in
fuzz-findings/, to become a test. The inputs are photos, annotation files, model files, reports and command
lines, each made of a good one by a few odd changes."""

import argparse
import copy
import io
import json
import os
import shutil
import sys
import tempfile
import time
import warnings
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "agg")
import numpy as np
from carlearn.core.errors import CarlearnError
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from PIL import Image

ODD = (
    None,
    True,
    0,
    -1,
    7,
    10**9,
    10**400,
    -0.0,
    1.5,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "0",
    "-1",
    "=1+1",
    "a",
    "../a.jpg",
    "/etc/passwd",
    "C:\\a.jpg",
    "\x00",
    "\ud800",
    "a\u0308",
    "x" * 300,
    "🚗",
    [],
    {},
    [[]],
    [None],
    {"": {}},
    [0] * 9,
    "1e9",
    " dent ",
    "<script>",
    [[[0, 0]]],
    {"size": [9, 9], "counts": "x"},
    {"size": [2, 2], "counts": [4]},
)
KEPT = Path("fuzz-findings").absolute()
CHUNK = 100  # inputs that share a seed
SHARES = dict(photos=0.35, annotations=0.35, reports=0.15, commands=0.12, models=0.03)  # of all inputs


def places(value, path=()):
    "Where something stands in a JSON value, as paths of keys."
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*path, key)
        yield from places(inner, (*path, key))


def changed(value, draws):
    "A copy of a JSON value with one to three odd changes."
    value = copy.deepcopy(value)
    for _ in range(draws.randint(1, 3)):
        if not (found := list(places(value))):
            break
        *way, last = found[draws.randrange(len(found))]
        inner = value
        for key in way:
            inner = inner[key]
        what = draws.randrange(4)
        if what == 0:
            del inner[last]
        elif what == 1 and isinstance(inner, list):
            inner.append(copy.deepcopy(inner[last]))
        else:
            inner[last] = copy.deepcopy(ODD[draws.randrange(len(ODD))])
    return value


def spoilt(data, draws):
    "Bytes with one to four odd changes: bits, cuts, repeats, zeros."
    data = bytearray(data)
    for _ in range(draws.randint(1, 4)):
        k, n = draws.randrange(len(data) + 1), draws.choice((1, 2, 8, 64))
        what = draws.randrange(5)
        if what == 0:
            del data[k:]
        elif what == 1:
            data[k : k + n] = bytes(n)
        elif what == 2:
            data[k:k] = data[k : k + n]
        elif what == 3:
            del data[k : k + n]
        else:
            data[k : k + n] = bytes(draws.randrange(256) for _ in range(n))
    return bytes(data)


def write(path, value, draws):
    "A JSON value, now and then with odd bytes or in another encoding."
    data = json.dumps(value).encode()
    if draws.random() < 0.2:
        data = spoilt(data, draws)
    elif draws.random() < 0.1:
        data = data.decode().encode(draws.choice(("utf-8-sig", "utf-16", "utf-32")))
    path.write_bytes(data)
    return path


def photo_bytes():
    "Small photos in each format."
    pixels = np.add.outer(np.arange(40), np.arange(60)).astype(np.uint8)
    for kind, mode in (
        ("JPEG", "RGB"),
        ("PNG", "RGBA"),
        ("WEBP", "RGB"),
        ("TIFF", "RGB"),
        ("BMP", "RGB"),
        ("PNG", "L"),
        ("JPEG", "CMYK"),
        ("TIFF", "I;16"),
        ("GIF", "P"),
    ):
        file, image = io.BytesIO(), Image.fromarray(pixels)
        exif = (
            {}
            if kind in ("BMP", "GIF")
            else {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"}
        )
        image = Image.fromarray(pixels.astype(np.uint16)) if mode == "I;16" else image.convert(mode)
        image.save(file, kind, **exif)
        yield file.getvalue()


def photos(draws, folder):
    "A photo with odd bytes is read."
    from carlearn.core.photos import read_photo

    (folder / "a.jpg").write_bytes(spoilt(draws.choice(folder.photos), draws))
    assert read_photo(folder / "a.jpg").ndim == 3


XS, YS = [5, 30, 30, 5], [5, 5, 20, 20]
_VIA = {
    "a.jpg9": {
        "filename": "a.jpg",
        "size": 9,
        "file_attributes": {},
        "regions": [
            {"shape_attributes": s, "region_attributes": {"damage": "dent"}}
            for s in (
                {"name": "polygon", "all_points_x": XS, "all_points_y": YS},
                {"name": "rect", "x": 1, "y": 2, "width": 9, "height": 8},
                {"name": "ellipse", "cx": 9, "cy": 9, "rx": 5, "ry": 4, "theta": 0.3},
                {"name": "circle", "cx": 9, "cy": 9, "r": 5},
                {"name": "polyline", "all_points_x": XS, "all_points_y": YS},
                {"name": "point", "cx": 9, "cy": 9},
            )
        ],
    }
}
_COCO = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": 60, "height": 40}],
    "categories": [{"id": 1, "name": "dent"}],
    "annotations": [
        {
            "id": k,
            "image_id": 1,
            "category_id": 1,
            "iscrowd": int(isinstance(s, dict)),
            "segmentation": s,
            "bbox": [5, 5, 25, 15],
            "area": 375,
            "attributes": {"rotation": 10},
        }
        for k, s in enumerate(([[5, 5, 30, 5, 30, 20]], {"size": [40, 60], "counts": [0, 9, 2391]}, []))
    ],
}
_LABELME = {
    "version": "5",
    "imagePath": "a.jpg",
    "imageData": None,
    "imageHeight": 40,
    "imageWidth": 60,
    "shapes": [
        {"label": "dent", "points": p, "shape_type": s, "group_id": 1, "flags": {}, "mask": None}
        for s, p in (
            ("polygon", [[5, 5], [30, 5], [30, 20]]),
            ("rectangle", [[1, 2], [9, 9]]),
            ("circle", [[9, 9], [12, 9]]),
            ("oriented_rectangle", [[5, 5], [30, 5], [30, 20], [5, 20]]),
            ("linestrip", [[5, 5], [9, 9]]),
            ("point", [[3, 3]]),
        )
    ],
}
_PROJECT = {
    "_via_settings": {"core": {"default_filepath": ""}},
    "_via_img_metadata": _VIA,
    "_via_attributes": {},
}
_VIA1 = {"a.jpg9": _VIA["a.jpg9"] | {"regions": dict(enumerate(_VIA["a.jpg9"]["regions"]))}}
_CSV = (
    "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n"
    'a.jpg,9,"{}",1,0,"{""name"":""rect"",""x"":1,""y"":2,""width"":3,""height"":4}","{""damage"":""dent""}"\n'
)


def annotations(draws, folder):
    "An annotation file of some format with odd values is read, looked at and written again."
    from carlearn.annotations.coco import write_coco
    from carlearn.annotations.reading import read_annotations
    from carlearn.annotations.via import write_via

    kind = draws.randrange(6)
    if kind == 5:
        path = folder / "a.csv"
        path.write_bytes(spoilt(_CSV.encode(), draws))
    else:
        path = write(folder / "a.json", changed((_VIA, _COCO, _LABELME, _PROJECT, _VIA1)[kind], draws), draws)
    read = read_annotations(path, skip_bad=draws.random() < 0.7)
    read.problems(decode=False)
    (write_coco if draws.random() < 0.5 else write_via)(folder / "out.json", read)


_SHA = "0" * 64
_FINDING = dict(
    state="new",
    damage="dent",
    severity="minor",
    basis=None,
    panel="door",
    score=0.5,
    bbox=[1, 2, 3, 4],
    note=None,
    polygon=[[1, 1], [2, 1], [2, 2]],
    area_px=9,
    area_share=0.01,
    seen=[{"pair": 0, "finding": 0}],
)
_PHOTO = dict(
    side="return",
    name="a.jpg",
    sha256=_SHA,
    hashed="file",
    size=9,
    width=60,
    height=40,
    taken=None,
    camera=None,
)
_REPORT = dict(
    schema=2,
    title="t",
    id=_SHA,
    page=_SHA,
    summary="s",
    inspected="2026-01-01T00:00:00+00:00",
    warnings=[],
    photos=[_PHOTO | {"side": "pickup"}, _PHOTO],
    settings={},
    software={},
    weights={},
    findings=[_FINDING],
    compared=1,
    unreadable=[],
    pairs=[{"pickup": 0, "return": 1}],
    decisions=[
        dict(finding=1, verdict="changed", by="A", at="2026", changes={"damage": "scuff"}, comment=None)
    ],
)


def reports(draws, folder):
    "A report.json with odd values is verified, decided on and exported."
    from carlearn.inspection.decisions import decide, write_csv
    from carlearn.inspection.evidence import verify_report

    write(folder / "report.json", changed(_REPORT, draws), draws)
    (folder / "report.html").write_text("<!--decisions--><!--/decisions-->")
    str(verify_report(folder, []))
    write_csv(folder, folder / "f.csv")
    decide(folder, 1, "accepted", "A")


_WORDS = (
    "a.jpg",
    "b.jpg",
    "a.json",
    "out.json",
    ".",
    "none",
    "",
    "-",
    "--",
    "-1",
    "0",
    "nan",
    "x" * 300,
    "\x00",
    "ä",
    "--photos",
    "--label",
    "--json",
    "--strict",
    "--skip-bad",
    "--max-mb",
    "--to",
    "coco",
    "via",
    "--form",
    "--rename",
    "a=b",
    "--by",
    "accepted",
    "1",
    "--csv",
    "--out",
    "--exif",
    "stored",
    "--method",
    "orb",
    "--overlay",
    "o.png",
    "--seed",
    "--points",
    "--epochs",
    "--device",
    "--explain",
    "--headers",
    "--labels",
    "--outside",
    "--follow-links",
    "--threshold",
)
_COMMANDS = (
    ["annotations", "check"],
    ["annotations", "convert"],
    ["align", "--method", "orb"],
    ["verify"],
    ["decide"],
    ["export"],
    ["train", "encoder", "--epochs", "0"],
    ["train", "detector", "--lr", "0"],
    ["evaluate", "aligners", "--pairs", "0"],
    ["evaluate", "detector", "--threshold", "2"],
    ["inspect", "--false-alarms", "99"],
    ["detect", "--device", "tpu9"],
    [],
)


def commands(draws, folder):
    "A command with odd words answers with 0, 2 or 3 and no traceback."
    from carlearn.cli.main import app
    from carlearn.cli.options import shell

    words = [*draws.choice(_COMMANDS), *(draws.choice(_WORDS) for _ in range(draws.randint(0, 6)))]
    write(folder / "a.json", _COCO, draws)
    for k, name in enumerate("ab"):
        (folder / f"{name}.jpg").write_bytes(folder.photos[k])
    home = Path.cwd()
    os.chdir(folder)
    try:
        said, code = shell(app, *words)
    finally:
        os.chdir(home)
    assert code in (0, 2, 3), (words, code, said)


def models(draws, folder):
    "A detector with odd bytes in its numbers or odd values in its card is loaded."
    from carlearn.core.samples import bundled
    from carlearn.detection.detector import Detector

    file = bundled("detector.safetensors")
    data, card = Path(file).read_bytes(), json.loads(Path(file).with_suffix(".json").read_text())
    if draws.random() < 0.5:
        write(folder / "d.json", changed(card, draws), draws)
    else:
        write(folder / "d.json", card, draws)
        data = spoilt(data[:2000], draws) + data[2000:]
    (folder / "d.safetensors").write_bytes(data)
    Detector(folder / "d.safetensors")


class Folder(type(Path())):
    "A folder that knows small photos."


def campaign(target, inputs, start):
    "Try so many inputs; returns how many were tried, and how many of them went through."
    tried, good = [0], [0]
    made = list(photo_bytes())

    @seed(start)
    @settings(
        max_examples=inputs,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(st.randoms(use_true_random=False))
    def one(draws):
        tried[0] += 1
        with tempfile.TemporaryDirectory() as home, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            folder = Folder(home)
            folder.photos = made
            try:
                target(draws, folder)
                good[0] += 1
            except CarlearnError as e:
                assert str(e).strip(), "an error without a word"
            except Exception:
                shutil.copytree(
                    folder, KEPT / target.__name__, dirs_exist_ok=True
                )  # the last one is the smallest
                raise

    one()
    return tried[0], good[0]


def run(inputs, start, minutes=None, only=None):
    "The whole campaign, each kind with its share; yields kind, tried, went through, finding or None."
    until = time.monotonic() + 60 * minutes if minutes else None
    for name in only or SHARES:
        tried = good = 0
        finding, wanted = None, max(2, round(inputs * SHARES[name]))
        while tried < wanted and not finding and not (until and time.monotonic() > until):
            n = min(CHUNK, wanted - tried)
            try:
                made, through = campaign(globals()[name], n, start + tried)
                good += through
            except Exception as e:
                made, finding = n, e
            tried += made
        yield name, tried, good, finding


def main():
    import traceback

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    findings, total = 0, 0
    only = args.only.split(",") if args.only else None
    for name, tried, good, finding in run(args.inputs, args.seed, args.minutes, only):
        print(f"{name:12} {tried:6} inputs, {good:6} read, the others refused in a sentence", flush=True)
        total += tried
        if finding:
            findings += 1
            traceback.print_exception(finding)
    print(f"{total} inputs, seed {args.seed}: {findings} kinds with a finding")
    sys.exit(findings > 0)


if __name__ == "__main__":
    main()

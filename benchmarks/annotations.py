"""How long it takes to read 10,000 annotated photos, and to rasterise 1,000 polygons of a 12-megapixel photo
one mask at a time, against pycocotools.

    python benchmarks/annotations.py [--entries 10000] [--polygons 1000] [--rounds 5]

The peer makes the same masks from the same polygons: run-length code (frPyObjects), then decode. Both work
in turn, round by round; the median is printed."""
import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from pycocotools import mask as coco_mask

from carlearn.annotations.via import read_via
from carlearn.annotations.regions import Region

HEIGHT, WIDTH = 3000, 4000   # 12 megapixels


def polygons(count, rng, corners=(5, 34), radius=(40, 700)):
    "Star-shaped polygons, with as many corners and as large in a photo as the paper's annotations."
    for _ in range(count):
        angle = np.sort(rng.uniform(0, 2*np.pi, rng.integers(*corners)))
        r = np.exp(rng.uniform(*np.log(radius)))*rng.uniform(.5, 1, len(angle))
        centre = rng.uniform((0, 0), (WIDTH, HEIGHT))
        yield np.rint(centre + r[:, None]*np.stack([np.cos(angle), np.sin(angle)], 1)).astype(int)


def via_file(path, entries, rng):
    "A VIA 2 file with one to three polygons a photo."
    def region(p):
        shape = {"name": "polygon", "all_points_x": p[:, 0].tolist(), "all_points_y": p[:, 1].tolist()}
        return {"shape_attributes": shape, "region_attributes": {"name": "damage"}}
    named = {}
    for k in range(entries):
        regions = list(map(region, polygons(rng.integers(1, 4), rng)))
        named[f"{k}.jpg{k}"] = {"filename": f"{k}.jpg", "size": k, "regions": regions, "file_attributes": {}}
    path.write_text(json.dumps(named), encoding="utf-8")


def seconds(work):
    "How long work() takes."
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def ours(region): return region.mask(HEIGHT, WIDTH)


def peer(region):
    "The same mask by pycocotools."
    return coco_mask.decode(coco_mask.frPyObjects([list(map(float, region.numbers))], HEIGHT, WIDTH)[0])


def masks(make, regions, read):
    "Make masks; `read` looks at each pixel once, as a trainer would (fresh memory costs when first touched)."
    for r in regions:
        mask = make(r)
        if read:
            mask.any()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("entries", 10_000), ("polygons", 1000), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    args, rng = parser.parse_args(), np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder)/"via.json"
        via_file(file, args.entries, rng)
        took = [seconds(lambda: read_via(file)) for _ in range(args.rounds)]
        parse = lambda: json.loads(file.read_text(encoding="utf-8"))
        parsed = [seconds(parse) for _ in range(args.rounds)]
    times = statistics.median(took)/statistics.median(parsed)
    print(f"read_via, {args.entries} entries: {statistics.median(took):.2f} s, "
          f"{times:.1f} times json.loads alone")
    regions = [Region("polygon", p.ravel().tolist()) for p in polygons(args.polygons, rng)]
    for what, read in (("made", False), ("made and read once", True)):
        both = [lambda make=make, read=read: masks(make, regions, read) for make in (ours, peer)]
        rounds = [tuple(map(seconds, both)) for _ in range(args.rounds)]
        us, them = (statistics.median(column) for column in zip(*rounds, strict=True))
        ratios = [x/y for x, y in rounds]
        print(f"{args.polygons} masks of {WIDTH} x {HEIGHT}, {what}: {us:.2f} s, pycocotools {them:.2f} s, "
              f"ratio {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")


if __name__ == "__main__":
    main()

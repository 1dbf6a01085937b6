"""All aligners on all sets.

    python benchmarks/aligners.py OUT [--split dev|test] [--methods …] [--processes N]

Sets: flat pairs (easy to extreme by turns), hard light (light, reflections, low resolution by turns),
turned, near and far, curved bodies, rendered cars, different cars. Photos: the paper's development or test
quarter (see tools/train_encoder.py) and the views of the rendered benchmark. Nothing is chosen on the test
half."""
import argparse
import sys
from pathlib import Path

import numpy as np

from carlearn.scenes.benchmark_pairs import bench_pairs, read_views
from carlearn.alignment.encoder import KINDS
from carlearn.core.files import write_file
from carlearn.evaluation.metrics import wilson
from carlearn.evaluation.pair_sets import homography_pairs, relief_pairs, scene_set, different_car_pairs
from carlearn.evaluation.runner import benchmark

sys.path.insert(0, str(Path(__file__).parent.parent/"tools"))
from train_encoder import photo_split  # noqa: E402


COLUMNS = ["set", "pair", "photo", "aligner", "error", "plane_median", "kind", "refused", "confidence",
           "overlap", "view_change", "same_light", "same_place", "seconds"]   # of OUT/rows.csv


def sets(split):
    "The sets of a split."
    views = [v for v in read_views().values() if v.entry["split"] == split]
    eight = views[::max(1, len(views)//8)][:8]
    photos = [*photo_split()[split], *(v.folder/f"{v.name}.jpg" for v in eight)]
    scenes = bench_pairs(split)
    return [homography_pairs(photos, "mixed", each=2, name="flat"),
            homography_pairs(photos, ["light", "reflections", "low_resolution"], each=2, name="hard light"),
            homography_pairs(photos, "turned"), homography_pairs(photos, "near_far"), relief_pairs(photos),
            scene_set([p for p in scenes if p.same_car], "scenes"),
            scene_set([p for p in scenes if not p.same_car], "rendered different cars"),
            different_car_pairs(photos, 40)]


def options(method):
    "What make_aligner takes for a name of --methods: a name, or a name and options."
    if method in KINDS:
        return "encoder", {"kind": method}
    return (method.removesuffix("-.05"), {"window": .05}) if method.endswith("-.05") else method


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--split", default="dev", choices=("dev", "test"))
    methods = "sift,orb_paper,orb,tuned,rootsift,rootsift-.05,raw,patches,encoder"
    parser.add_argument("--methods", default=methods,
                        help="parted by commas; a name with -.05 at its end has windows of .05 of the photo; "
                        "plane, planes and field are the encoder with that kind of map")
    parser.add_argument("--sets", help="names parted by commas; none: all")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    methods = args.methods.split(",")
    chosen = [s for s in sets(args.split) if not args.sets or s.name in args.sets.split(",")]
    results = benchmark({m: options(m) for m in methods}, chosen, args.out, processes=args.processes)
    text = results.markdown() + "\n" + "\n".join(findings(results, methods)) + "\n"
    write_file(args.out/"table.md", text)
    write_file(args.out/"table.csv", results.table().to_csv(index=False))
    write_file(args.out/"rows.csv", results.rows.reindex(columns=COLUMNS).round(4).to_csv(index=False))
    print(text)


def findings(results, methods, mine="encoder"):
    "Lines of text about the encoder beside each other method."
    if mine not in methods:
        return
    yield from ahead_of_others(results, [m for m in methods if m != mine], mine)
    yield from refusals(results, methods, mine)
    _, error = results.calibration(mine, bins=[0, .7, .8, .9, .95, 1])
    yield f"Expected calibration error of {mine} over its answers: {error:.3f}."
    if "tuned" in methods:
        both = results.of(None, mine, None).merge(results.of(None, "tuned", None), on=["set", "pair"],
                                                  suffixes=("", "_t"))
        yield (f"CPU seconds of {mine} over all pairs: {both.seconds.sum()/both.seconds_t.sum():.1f} times "
               f"tuned's; per pair, median {np.median(both.seconds/both.seconds_t):.1f} times.")


def ahead_of_others(results, others, mine):
    "A table: how far ahead of each other method, by set."
    names = list(dict.fromkeys(h["set"] for h in results.headers if len(results.of(h["set"], mine))))
    yield f"AUC@3 and AUC@10 of {mine}, how far ahead (points, 95 % interval over photos):\n"
    yield f"| set | {' | '.join(others)} |"
    yield "| --- |" + " ---: |"*len(others)
    for name in names:
        cells = []
        for other in others:
            d = results.difference(mine, other, name)
            cells.append("<br>".join(f"{a} {d.difference[a]:+.1f} ({d.low[a]:+.1f} to {d.high[a]:+.1f})"
                                     for a in ("AUC@3", "AUC@10")))
        yield f"| {name} | {' | '.join(cells)} |"


def refusals(results, methods, mine):
    "Lines: what is refused of what can be aligned, and of pairs of different cars."
    rows = results.of(None, mine)
    # tuned or better; ORB is right now and then, and wrong as often
    able = [m for m in ("tuned", "rootsift", "rootsift-.05", "patches", "encoder") if m in methods]
    errors = []
    for m in able:
        theirs = results.of(None, m)[["set", "pair", "error"]]
        errors.append(rows.merge(theirs, on=["set", "pair"], suffixes=("", "_b")).error_b.to_numpy())
    alignable = (np.min(errors, 0) <= 10) & ~(rows.overlap < .3).to_numpy()
    refused = rows.refused.to_numpy()[alignable]
    yield (f"\nPairs that {', '.join(able[:-1])} or {able[-1]} brings within 10 px and that overlap by 30 % "
           f"or more: {alignable.sum()}; {mine} refuses {refused.sum()} of them ({refused.mean():.1%}).")
    different = results.of(None, mine, False)
    interval = " to ".join(f"{v:.1%}" for v in wilson(int(different.refused.sum()), len(different)))
    yield (f"Pairs of different cars: {len(different)}, of which {mine} refuses "
           f"{different.refused.mean():.1%} (95 %: {interval}).")


if __name__ == "__main__":
    main()

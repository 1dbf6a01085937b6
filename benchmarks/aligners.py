"""All aligners on all sets: python benchmarks/aligners.py OUT [--split dev|test] [--methods …] [--processes N]

Sets: flat pairs (easy to extreme by turns), hard light (light, reflections, low resolution by turns), turned, near and far, curved
bodies, rendered cars, different cars. Photos: the paper's development or test quarter (see tools/train_encoder.py) and the views of
the rendered benchmark. Nothing is chosen on the test half."""
import argparse
import sys
from pathlib import Path

import numpy as np

from carlearn.scenes.benchmark_pairs import bench_pairs, read_views
from carlearn.alignment.encoder import KINDS
from carlearn.core.files import write_file
from carlearn.evaluation.metrics import wilson
from carlearn.evaluation.pair_sets import homography_pairs, relief_pairs, scene_set, stranger_pairs
from carlearn.evaluation.runner import benchmark

sys.path.insert(0, str(Path(__file__).parent.parent/"tools"))
from train_encoder import photo_split  # noqa: E402


def sets(split):
    "The sets of a split."
    views = [v for v in read_views().values() if v.entry["split"] == split]
    photos = [*photo_split()[split], *(v.folder/f"{v.name}.jpg" for v in views[::max(1, len(views)//8)][:8])]
    scenes = bench_pairs(split)
    return [homography_pairs(photos, "mixed", each=2, name="flat"), homography_pairs(photos, ["light", "reflections", "low_resolution"], each=2, name="hard light"),
            homography_pairs(photos, "turned"), homography_pairs(photos, "near_far"), relief_pairs(photos),
            scene_set([p for p in scenes if p.same_car], "scenes"), scene_set([p for p in scenes if not p.same_car], "rendered strangers"), stranger_pairs(photos, 40)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--split", default="dev", choices=("dev", "test"))
    parser.add_argument("--methods", default="sift,orb,tuned,rootsift,rootsift-.05,raw,patches,encoder", help="parted by commas; a name with -.05 at its end has windows of .05 of the photo; plane, planes and field are the encoder with that kind of map")
    parser.add_argument("--sets", help="names parted by commas; none: all")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    aligners = {m: ("encoder", {"kind": m}) if m in KINDS else (m.removesuffix("-.05"), {"window": .05}) if m.endswith("-.05") else m for m in args.methods.split(",")}
    chosen = [s for s in sets(args.split) if not args.sets or s.name in args.sets.split(",")]
    results = benchmark(aligners, chosen, args.out, processes=args.processes)
    write_file(args.out/"table.md", text := results.markdown() + "\n" + "\n".join(findings(results, args.methods.split(","))) + "\n")
    write_file(args.out/"table.csv", results.table().to_csv(index=False))
    write_file(args.out/"rows.csv", results.rows.reindex(columns=["set", "pair", "photo", "aligner", "error", "plane_median", "kind", "refused", "confidence", "overlap", "view_change", "same_light", "same_place", "seconds"]).round(4).to_csv(index=False))
    print(text)


def findings(results, methods, mine="encoder"):
    "Lines: how far the encoder is ahead of each other method, what it refuses that can be aligned, how well calibrated it is, its CPU time in tuned's."
    if mine not in methods: return
    names = list(dict.fromkeys(h["set"] for h in results.headers if len(results.of(h["set"], mine))))
    yield f"AUC@3 and AUC@10 of {mine}, how far ahead (points, 95 % interval over photos):\n"
    yield f"| set | {' | '.join(m for m in methods if m != mine)} |"
    yield "| --- |" + " ---: |"*(len(methods) - 1)
    for name in names:
        ahead = [results.difference(mine, m, name) for m in methods if m != mine]
        yield f"| {name} | {' | '.join('<br>'.join(f'{a} {d.difference[a]:+.1f} ({d.low[a]:+.1f} to {d.high[a]:+.1f})' for a in ('AUC@3', 'AUC@10')) for d in ahead)} |"
    rows = results.of(None, mine)
    able = [m for m in ("tuned", "rootsift", "rootsift-.05", "patches", "encoder") if m in methods]                     # tuned or better; ORB is right now and then, and wild as often
    errors = [rows.merge(results.of(None, m)[["set", "pair", "error"]], on=["set", "pair"], suffixes=("", "_b")).error_b.to_numpy() for m in able]
    alignable = (np.min(errors, 0) <= 10) & ~(rows.overlap < .3).to_numpy()
    yield f"\nPairs that {', '.join(able[:-1])} or {able[-1]} brings within 10 px and that overlap by 30 % or more: {alignable.sum()}; {mine} refuses {rows.refused.to_numpy()[alignable].sum()} of them ({rows.refused.to_numpy()[alignable].mean():.1%})."
    strangers = results.of(None, mine, False)
    yield f"Pairs of different cars: {len(strangers)}, of which {mine} refuses {strangers.refused.mean():.1%} (95 %: {' to '.join(f'{v:.1%}' for v in wilson(int(strangers.refused.sum()), len(strangers)))})."
    table, error = results.calibration(mine, bins=[0, .7, .8, .9, .95, 1])
    yield f"Expected calibration error of {mine} over its answers: {error:.3f}."
    if "tuned" in methods:
        both = results.of(None, mine, None).merge(results.of(None, "tuned", None), on=["set", "pair"], suffixes=("", "_t"))
        yield f"CPU seconds of {mine} over all pairs: {both.seconds.sum()/both.seconds_t.sum():.1f} times tuned's; per pair, median {np.median(both.seconds/both.seconds_t):.1f} times."


if __name__ == "__main__": main()

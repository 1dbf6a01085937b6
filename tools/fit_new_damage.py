"""Fit what carlearn makes of the regions of a comparison: weights of the evidence, and its false alarms.

    python tools/fit_new_damage.py OUT.json --bilgi FOLDER --parts FOLDER --cache FOLDER

Pairs that the networks were not trained on: composed ones of photos kept aside, real ones of one car in one
state from scenes kept aside, as they are and with damage painted out or in, photos of whole cars seen again
through a homography, with damage painted on, and rendered ones of cars kept aside. Every region is scored by
weights that were fitted without its pair. What the networks say of a pair lies in the cache, so that a
stopped run goes on; with --share and --of, several processes fill it, and a call without them fits. Beside
OUT.json, OUT.csv gets the scores and the truth, for diagrams, and OUT_less.json the weights with some of the
evidence left out, for benchmarks/new_damage.py. The weights that come with carlearn were fitted without
--renders, so that the rendered pairs are the 16 of the benchmark's cars kept aside."""
import argparse
import datetime
import json
import zlib
from dataclasses import fields, replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch
from tqdm import tqdm
from train_changes import bench_cars, same_scenes, singles

from carlearn.alignment.registry import make_aligner
from carlearn.core.files import make_folder, write_file, write_json
from carlearn.core.samples import bundled
from carlearn.core.synthetic_pairs import homography_pair
from carlearn.detection.detector import Detector
from carlearn.detection.sources import undamaged_cars
from carlearn.inspection.car_parts import car_parts
from carlearn.inspection.damage_pairs import draw_damage
from carlearn.inspection.evaluation import (
    LEFT_OUT, TruePair, aligned_pair, composed_pairs, scene_true_pair, without)
from carlearn.inspection.new_damage import (
    CLOSE, MOST, JudgedPair, RegionEvidence, compare, evidence_of, fit_claims, is_bridged, overlapping)
from carlearn.inspection.regions import THRESHOLDS, fits, lies_on, nested_regions
from carlearn.scenes.training_views import training_pairs

LEVELS = "easy", "medium", "hard"   # of photos seen again


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="file to write, .json")
    for name in ("bilgi", "parts", "cache"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--renders", type=Path, nargs="*", default=[], help="folders of training views")
    parser.add_argument("--composed", type=int, default=120, help="pairs drawn of single photos")
    parser.add_argument("--painted", type=int, default=60, help="pairs drawn of pairs of one state")
    parser.add_argument("--whole", type=int, default=100, help="pairs of photos of whole cars")
    parser.add_argument("--seed", type=int, default=500)
    parser.add_argument("--share", type=int, default=0)
    parser.add_argument("--of", type=int, default=1, help="fill the cache with every of-th pair only")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def as_they_are(sources):
    "Pairs of one state without anything added."
    for k, s in enumerate(sources):
        yield TruePair(f"one state {k}", "one state", s.pre, s.post, s.valid, [])


def whole_cars(args, aligner):
    "Photos of whole cars, seen again; every second one has damage painted on."
    folder = args.parts/"trainingset"
    seen = {p.path for p in undamaged_cars(folder, every=7)}    # by the network that compares, in training
    photos = [p for p in undamaged_cars(folder) if p.path not in seen]
    for k in range(args.whole):
        rng = np.random.default_rng((args.seed, k))
        photo, level = photos[rng.integers(len(photos))].read(), str(rng.choice(LEVELS))
        made = homography_pair(photo, level, int(rng.integers(2**31)))
        post, new = painted_on_car(made.post, rng) if k % 2 == 0 else (made.post, [])
        # one more way to compose a pair: with a source of its own it would count as much as real pairs do
        yield aligned_pair(made.pre, post, aligner, new, name=f"whole car {k}", source="composed, plain")


def painted_on_car(photo, rng, tries=40):
    "The photo with damage painted on the car, and a list of its mask; as it is and none if that fails."
    ground = car_parts(photo)[..., 0]
    for _ in range(tries):
        got = draw_damage([photo], [], rng)
        if got and ground[got[1] > 0].mean() < .3:
            return got[0][0], [got[1] > 0]
    return photo, []


def pairs(args):
    "All pairs, one after another."
    aligner, cache = make_aligner("encoder"), make_folder(args.cache)
    single, cutouts = singles(args, aside=True)
    real = [s for s in same_scenes(args.bilgi, aligner, cache, aside=True) if s]
    for name, hard in (("composed, plain", False), ("composed, hard", True)):
        yield from composed_pairs(single, cutouts, args.composed//2, name, hard, args.seed)
    yield from as_they_are(real)
    yield from composed_pairs(real, cutouts, args.painted, "one state, painted", seed=args.seed)
    yield from (p for p in whole_cars(args, aligner) if p.before is not None)
    rendered = sum((training_pairs(folder, 25) for folder in args.renders), bench_cars(aside=True))
    for pair in rendered:
        if (true := scene_true_pair(pair, aligner)).before is not None:
            yield true


def judged(pair, comparison):
    "A pair with the evidence for its regions and the truth about them."
    found = nested_regions(comparison.new, pair.known)
    masks = [m for m in found if not is_bridged(m, pair)]      # those are no claims
    right, fitting = ([judge(m, pair.truths) for m in masks] for judge in (lies_on, fits))
    return JudgedPair(pair.source, evidence_of(masks, comparison), right, fitting, overlapping(masks))


def left_out(pair, names):
    "The same pair as if some of the evidence were not known."
    return replace(pair, evidence=without(pair.evidence, names))


def home_of(args):
    "The folder for what these networks say of the pairs."
    names = "features", "changes", "parts", "detector"
    files = *(f"{n}.safetensors" for n in names), "detector.json"      # its calibration
    weights = b"".join(bundled(f).read_bytes() for f in files)
    drawn = args.seed, args.composed, args.painted, args.whole, [f.name for f in args.renders]
    asked = f"{drawn} {CLOSE} {MOST} {THRESHOLDS} {[f.name for f in fields(RegionEvidence)]}".encode()
    return make_folder(args.cache/f"judged_{zlib.crc32(weights + asked):08x}")


def gathered(args):
    "Judged pairs of this share, each from its file; made and written if it is not there."
    home, detector = home_of(args), Detector(threshold=.05)
    for k, pair in enumerate(tqdm(pairs(args))):
        if k % args.of == args.share:
            path = home/f"{k}.json"
            if not path.is_file():
                found = judged(pair, compare(pair.before, pair.after, pair.known, detector))
                write_json(path, vars(found) | dict(evidence=[vars(e) for e in found.evidence]))
            row = json.loads(path.read_text(encoding="utf-8"))
            yield JudgedPair(**row | dict(evidence=[RegionEvidence(**e) for e in row["evidence"]]))


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    found = list(gathered(args))
    if args.of > 1:
        return
    note = dict(date=datetime.date.today().isoformat(), counts=pd.Series([p.source for p in found])
                .value_counts().to_dict())
    weights, answers = fit_claims(found, **note)
    less = {k: fit_claims([left_out(p, names) for p in found], **note)[0] for k, names in LEFT_OUT.items()}
    write_json(args.out, dict(detector=weights, alone=less["no detector"]))
    write_json(args.out.with_name(args.out.stem + "_less.json"), less)
    rows = [(p.source, k, round(score, 4), p.fits[i])
            for k, (p, row) in enumerate(zip(found, answers, strict=True)) for i, score in row]
    table = pd.DataFrame(rows, columns=["source", "pair", "score", "right"])
    write_file(args.out.with_suffix(".csv"), table.to_csv(index=False))


if __name__ == "__main__":
    main()

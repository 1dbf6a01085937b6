"""What maps that bend leave behind on pairs of real and rendered cars, right and wrong.

    python benchmarks/evidence.py OUT.jsonl --real FOLDER [--same N] [--different N] [--split train|valid]
    python benchmarks/evidence.py OUT.jsonl --sets scenes,relief,…
    python benchmarks/evidence.py ROWS.jsonl … --fit WEIGHTS.json

FOLDER holds `train` and `valid` of the Bilgi University Car Damage photos (CC BY 4.0), each with
`same_scene_pairs.json`: [{"a": photo, "b": photo}, …], two photos of one car in one state. Pairs of
different cars are photos of two scenes that look alike when they are 16 px wide. Nobody knows the true
map of real photos, so SIFT is asked: its matches that agree on one epipolar geometry and move as their
neighbours do. A map is right if the median of the errors at these points is at most 5 px (at 640) and
four in five are within 10 px, wrong if the median is above 10 px or the cars are two; anything else
counts as neither. --sets takes the development sets of benchmarks/aligners.py, whose truth is known. Lines
that are there are not measured again. `--fit` reads such files, prints how well a fit without their scenes
tells right from wrong, and writes the weights of all."""
import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from carlearn.alignment.aligner import in_photo_pixels
from carlearn.alignment.confidence import MatchEvidence, fit_confidence
from carlearn.alignment.judges import gather_matches
from carlearn.alignment.registry import make_aligner
from carlearn.core.files import write_file
from carlearn.core.photos import read_photo
from carlearn.evaluation.metrics import calibration, point_errors
from carlearn.geometry.displacement_field import moves_alike
from carlearn.geometry.epipolar import fit_fundamental

sys.path.insert(0, str(Path(__file__).parent))
from aligners import sets  # noqa: E402
from confidence import held_out  # noqa: E402

# photos of one car that are not listed as such, seen by eye
UNLISTED = ("0466977145_12184", "1920002153_3629", "0827443062_11516")


def scene_of(names, pairs):
    "Photo → the first photo of its scene."
    root = {name: name for name in names}

    def find(name):
        while root[name] != name:
            name = root[name]
        return name
    for p in pairs:
        root[find(p["a"])] = find(p["b"])
    return {name: find(name) for name in names}


def gist(path):
    "The slopes of a photo of 16 × 16 px, as a row of length 1."
    small = cv2.resize(cv2.imread(str(path), 0), (16, 16), interpolation=cv2.INTER_AREA).astype(float)
    row = np.r_[np.diff(small, axis=0).ravel(), np.diff(small, axis=1).ravel()]
    return row/(np.linalg.norm(row) + 1e-9)


def look_alikes(folder, scenes, n, seed=0):
    "n pairs of photos of two scenes, each photo with the one that is most like it in the small."
    names = sorted(scenes)
    rows = np.array([gist(folder/name) for name in names])
    found = set()
    for k in np.random.default_rng(seed).permutation(len(names)):
        order = np.argsort(-rows @ rows[k])
        other = next(j for j in order if scenes[names[j]] != scenes[names[k]])
        found.add((min(names[k], names[other]), max(names[k], names[other])))
        if len(found) == n:
            break
    return sorted(found)


def sift_points(pre, post):
    "N×4 px: SIFT's matches that agree on one epipolar geometry and move as their neighbours do."
    sift, nothing = cv2.SIFT_create(3000), np.zeros((0, 4))
    (a, da), (b, db) = (sift.detectAndCompute(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), None) for p in (pre, post))
    if min(len(a), len(b)) < 20:
        return nothing
    back = {m.queryIdx: m.trainIdx for m in cv2.BFMatcher().match(db, da)}
    near = [m for m, second in cv2.BFMatcher().knnMatch(da, db, 2) if m.distance < .75*second.distance]
    found = [(*a[m.queryIdx].pt, *b[m.trainIdx].pt) for m in near if back.get(m.trainIdx) == m.queryIdx]
    found = np.unique(np.reshape(found, (-1, 4)).round(1), axis=0)
    if len(found) < 16:
        return nothing
    found = found[fit_fundamental(found[:, :2], found[:, 2:], 1.)[1]]
    return found[moves_alike(found)] if len(found) > 8 else nothing


def bent_maps(aligner, pre, post):
    "What an aligner answers to a pair, and the maps that bend among those that it judged on the way."
    found = []

    def judge(candidate):
        verdict = aligner.judge(candidate)
        if candidate.forth is not None:
            found.append(replace(candidate, verdict=verdict))
        return verdict
    replace(aligner, judge=judge).attempt(pre, post)
    return found


def measured(aligner, pre, post, truth=None):
    "Evidence and errors of the map that bends, or nothing where there is none."
    found = bent_maps(aligner, pre, post)
    if not found:
        return {}
    out = dict(confidence=found[0].verdict.confidence, evidence=asdict(gather_matches(found[0])))
    if len(truth := sift_points(pre, post) if truth is None else truth) >= 8:
        errors = point_errors(aligner.answer(in_photo_pixels(found[0]), pre, post), truth)
        known = errors[np.isfinite(errors)]
        out |= dict(points=len(truth), defined=len(known)/len(truth))
        out |= dict(median=float(np.median(known)), within=float((known < 10).mean())) if len(known) else {}
    return out


def is_right(row):
    "True, False or None: neither."
    if not row["same"]:
        return False
    if row.get("median", 99) <= 5 and row["within"] >= .8:
        return True
    return False if row.get("median", 0) > 10 else None


def real_jobs(args):
    "Names, whether they show one car, and photos, of the pairs in FOLDER."
    folder = args.real/args.split
    pairs = json.loads((folder/"same_scene_pairs.json").read_text())
    scenes = scene_of([p.name for p in folder.glob("*.jpg")], pairs)
    order = np.random.default_rng(1).permutation(len(pairs))[:args.same]
    jobs = [(pairs[k]["a"], pairs[k]["b"], True) for k in order]
    jobs += [(a, b, False) for a, b in look_alikes(folder, scenes, args.different)]
    for a, b, same in jobs:
        if same or not a.startswith(UNLISTED):
            names = dict(a=a, b=b, same=same, scene=scenes[a], set=f"real, {args.split}")
            yield names, lambda a=a, b=b: (read_photo(folder/a), read_photo(folder/b), None)


def set_jobs(names):
    "The same of development sets, with their true points."
    for s in sets("dev"):
        for k in range(len(s)) if s.name in names else ():
            where = dict(a=s.name, b=str(k), scene=s.photos[k], set=s.name)
            yield where, lambda s=s, k=k: s[k]


def collect(args):
    "Measure what is missing in OUT."
    cv2.setNumThreads(1)
    jobs = set_jobs(args.sets.split(",")) if args.sets else real_jobs(args)
    done = {(r["a"], r["b"]) for r in rows_of([args.out])} if args.out.exists() else set()
    aligner = make_aligner("encoder", least=0.)
    for row, load in tqdm([job for job in jobs if (job[0]["a"], job[0]["b"]) not in done]):
        pair = load()
        if isinstance(pair, tuple):
            pre, post, truth = pair
        else:
            pre, post, truth = pair.pre, pair.post, pair.grid() if pair.same_car else np.zeros((0, 4))
            row["same"] = bool(pair.same_car)
        row |= measured(aligner, pre, post, truth)
        with args.out.open("a") as file:
            file.write(json.dumps(row) + "\n")


def rows_of(paths):
    "The lines of files that `collect` wrote."
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def fit(paths, out):
    "How well evidence tells right from wrong on scenes that the fit has not seen, and the weights of all."
    known = [r for r in rows_of(paths) if "evidence" in r and "different cars" not in r["set"]]
    known = [r for r in known if is_right(r) is not None]
    evidence = [MatchEvidence(**r["evidence"]) for r in known]
    right = np.array([is_right(r) for r in known])
    fold = np.array([hash_of(r["scene"]) % 5 for r in known])
    p, today = held_out(evidence, right, fold, False, 1.), np.array([r["confidence"] for r in known])
    for name in sorted({r["set"] for r in known}):
        here = np.array([r["set"] == name for r in known])
        for title, these in (("right", here & right), ("wrong", here & ~right)):
            print(f"{name:20} {title}: {(p[these] >= .7).sum()} of {these.sum()} answered, "
                  f"{(today[these] >= .7).sum()} with the present weights")
    print(f"expected calibration error {calibration(p, right, bins=5)[1]:.3f}")
    weights = fit_confidence(evidence, right, 1., pairs=sorted({r["set"] for r in known}))
    write_file(out, json.dumps(weights, indent=1))


def hash_of(text):
    "A number that is the same in every process."
    return int.from_bytes(text.encode()[:12], "big")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, nargs="+")
    parser.add_argument("--real", type=Path, help="folder of the photos")
    parser.add_argument("--split", default="train", choices=("train", "valid"))
    parser.add_argument("--same", type=int, default=150)
    parser.add_argument("--different", type=int, default=150)
    parser.add_argument("--sets", help="development sets, parted by commas")
    parser.add_argument("--fit", type=Path, help="file of the weights; fits on rows that are there")
    args = parser.parse_args()
    if args.fit:
        return fit(args.out, args.fit)
    args.out = args.out[0]
    collect(args)


if __name__ == "__main__":
    main()

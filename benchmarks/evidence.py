"""What maps that bend leave behind on pairs of real cars, right and wrong.

    python benchmarks/evidence.py OUT.jsonl --real FOLDER [--same N] [--different N] [--split train|valid]

FOLDER holds `train` and `valid` of the Bilgi University Car Damage photos (CC BY 4.0), each with
`same_scene_pairs.json`: [{"a": photo, "b": photo}, …], two photos of one car in one state. Pairs of
different cars are photos of two scenes that look alike when they are 16 px wide. Nobody knows the true
map of real photos, so SIFT is asked: its matches that agree on one epipolar geometry and move as their
neighbours do. A map is right if the median of the errors at these points is at most 5 px (at 640) and
four in five are within 10 px, wrong if the median is above 10 px or the cars are two; anything else
counts as neither. Lines that are there are not measured again. `--fit` reads such files and fits a
logistic regression on one half of the scenes."""
import argparse
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from carlearn.alignment.aligner import in_photo_pixels
from carlearn.alignment.confidence import spread
from carlearn.alignment.registry import make_aligner
from carlearn.core.photos import read_photo
from carlearn.evaluation.metrics import point_errors
from carlearn.geometry.displacement_field import DisplacementField, moves_alike
from carlearn.geometry.epipolar import fit_fundamental

MOST_ASKED = 300   # matches whose rivals are looked for


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


def evidence(candidate):
    "What the matches of a map that bends say of it; nothing here asks whether the pixels agree."
    c, n = candidate, len(candidate.matches)
    similarity, only = c.found.alike(c.matches[::-(-n//MOST_ASKED)])
    half, (a, b) = DisplacementField(c.matches[::2], reach=np.inf), np.hsplit(c.matches[1::2], 2)
    apart = spread(c.matches[:, 2:], max(c.pair.sizes[1]))
    return dict(matches=n, first=float(c.first), guided=float(c.grown.guided), found=n/max(1, c.grown.could),
                spread=apart, similarity=float(np.median(similarity)), only=float(only.mean()),
                smooth=float(np.median(np.linalg.norm(half(a) - b, axis=1))),
                epipolar=float(fit_fundamental(c.matches[:, :2], c.matches[:, 2:], 1.)[1].mean()))


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


def measured(aligner, pre, post):
    "Evidence and errors of the map that bends, or nothing where there is none."
    found = bent_maps(aligner, pre, post)
    if not found:
        return {}
    out = dict(confidence=found[0].verdict.confidence, **evidence(found[0]))
    if len(truth := sift_points(pre, post)) >= 8:
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


def collect(args):
    "Measure what is missing in OUT."
    cv2.setNumThreads(1)
    folder = args.real/args.split
    pairs = json.loads((folder/"same_scene_pairs.json").read_text())
    scenes = scene_of([p.name for p in folder.glob("*.jpg")], pairs)
    order = np.random.default_rng(1).permutation(len(pairs))[:args.same]
    jobs = [(pairs[k]["a"], pairs[k]["b"], True) for k in order]
    jobs += [(a, b, False) for a, b in look_alikes(folder, scenes, args.different)]
    done = {(r["a"], r["b"]) for r in rows_of([args.out])} if args.out.exists() else set()
    aligner = make_aligner("encoder", least=0.)
    for a, b, same in tqdm([job for job in jobs if job[:2] not in done]):
        row = dict(a=a, b=b, same=same, scene=scenes[a], split=args.split)
        row |= measured(aligner, read_photo(folder/a), read_photo(folder/b))
        with args.out.open("a") as file:
            file.write(json.dumps(row) + "\n")


def rows_of(paths):
    "The lines of files that `collect` wrote."
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def fit(paths):
    "How well evidence tells right from wrong, on the half of the scenes that it was not fitted on."
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    known = [r for r in rows_of(paths) if "smooth" in r and is_right(r) is not None]
    names = ("matches", "first", "guided", "found", "spread", "similarity", "only", "smooth", "epipolar")
    logarithmic = {"matches", "first", "found", "smooth"}
    x = np.array([[np.log(r[k] + .01) if k in logarithmic else r[k] for k in names] for r in known])
    right, half = np.array([is_right(r) for r in known]), np.array([hash_of(r["scene"]) % 2 for r in known])
    for k in (0, 1):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=.3)).fit(x[half == k], right[half == k])
        sure, truth = model.predict_proba(x[half != k])[:, 1] >= .7, right[half != k]
        today = np.array([r["confidence"] >= .7 for r in known])[half != k]
        print(f"half {1 - k}: right maps answered {sure[truth].sum()} of {truth.sum()} (today "
              f"{today[truth].sum()}), wrong ones {sure[~truth].sum()} of {(~truth).sum()} "
              f"(today {today[~truth].sum()})")


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
    parser.add_argument("--fit", action="store_true", help="fit on files that are there, and measure nothing")
    args = parser.parse_args()
    if args.fit:
        return fit(args.out)
    args.out = args.out[0]
    collect(args)


if __name__ == "__main__":
    main()

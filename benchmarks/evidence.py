"""What maps leave behind on pairs of real and rendered cars, right and wrong, and on one car and two.

    python benchmarks/evidence.py OUT.jsonl --real FOLDER [--same N] [--different N] [--split train|valid]
    python benchmarks/evidence.py OUT.jsonl --parts FOLDER [--different N]
    python benchmarks/evidence.py OUT.jsonl --sets scenes,relief,…
    python benchmarks/evidence.py ROWS.jsonl … --fit FOLDER

FOLDER holds `train` and `valid` of the Bilgi University Car Damage photos (CC BY 4.0), each with
`same_scene_pairs.json`: [{"a": photo, "b": photo}, …], two photos of one car in one state. Pairs of
different cars are photos of two scenes that look alike when they are 16 px wide. Nobody knows the true
map of real photos, so SIFT is asked: its matches that agree on one epipolar geometry and move as their
neighbours do. A map is right if the median of the errors at these points is at most 5 px (at 640) and
four in five are within 10 px, wrong if the median is above 10 px or the cars are two; anything else
counts as neither. --parts takes the photos of whole cars of the car parts data set (Pasupa et al. 2022),
each with the one that is most like it; benchmarks/look_alikes.json says which show one model of car (the
map is right, the car another) or one picture, by eye. --sets takes the development sets of
benchmarks/aligners.py, whose truth is known. Lines that are there are not measured again. `--fit` reads such
files, prints how well fits without their scenes tell right from wrong, and one car from two, and writes
`field_matches.json`, `same_car.json` and the lessons' `match_evidence.csv` into FOLDER. Bilgi's valid part
and the second half of the car parts' photos are not fitted, only tried. Look-alikes are rare among the pairs
that people give: the constants are for pairs of which eight in ten have a right map, and 13 in 20 show one
car (the largest shares at which 99 % of the real look-alikes are refused, and four in five rendered ones are
refused or not taken for one car)."""
import argparse
import json
import sys
import zlib
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from carlearn.alignment.aligner import in_photo_pixels
from carlearn.alignment.confidence import LookEvidence, MatchEvidence, confidence, fit_confidence
from carlearn.alignment.judges import gather_matches, looks_of
from carlearn.alignment.registry import make_aligner
from carlearn.core.files import write_file
from carlearn.core.photos import read_photo
from carlearn.evaluation.metrics import calibration, point_errors
from carlearn.geometry.displacement_field import moves_alike
from carlearn.geometry.epipolar import fit_fundamental

sys.path.insert(0, str(Path(__file__).parent))
from aligners import sets  # noqa: E402

# photos of one car that are not listed as such, seen by eye
UNLISTED = ("0466977145_12184", "1920002153_3629", "0827443062_11516", "0859531942_13614",
            "0605600205_442")
RENDERED = {"scenes": "rendered, one car", "relief": "bodies with relief",
            "rendered different cars": "rendered, one model"}
ALIKE = Path(__file__).parent/"look_alikes.json"


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


def judged_maps(aligner, pre, post):
    "The maps that an aligner judged on the way to its answer, the answer first."
    found = []

    def judge(candidate):
        verdict = aligner.judge(candidate)
        if not candidate.refused and candidate.inliers.sum() >= 12:
            found.append(replace(candidate, verdict=verdict))
        return verdict
    best = replace(aligner, judge=judge).attempt(pre, post)
    return sorted(found, key=lambda c: (c.kind == best.kind, c.forth is not None), reverse=True)


def measured(aligner, pre, post, truth=None):
    "Evidence, looks and errors of the maps of one pair."
    maps = judged_maps(aligner, pre, post)
    bent = next((c for c in maps if c.forth is not None), None)
    if not maps:
        return {}
    out = dict(bent_only(aligner, bent, pre, post, truth) if bent else {}, kind=maps[0].kind)
    if bent or maps[0].verdict.evidence:
        out["looks"] = asdict(looks_of(bent or maps[0], (bent or maps[0]).verdict.evidence))
    return out


def bent_only(aligner, candidate, pre, post, truth):
    "Evidence and errors of a map that bends."
    out = dict(confidence=candidate.verdict.confidence, evidence=asdict(gather_matches(candidate)))
    if len(truth := sift_points(pre, post) if truth is None else truth) >= 8:
        errors = point_errors(aligner.answer(in_photo_pixels(candidate), pre, post), truth)
        known = errors[np.isfinite(errors)]
        out |= dict(points=len(truth), defined=len(known)/len(truth))
        out |= dict(median=float(np.median(known)), within=float((known < 10).mean())) if len(known) else {}
    return out


def is_right(row):
    "True, False or None: neither. Doors of one model align rightly, whatever the car."
    if row.get("alike"):
        return row["set"] != "rendered different cars" or None
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
        if same or not (a.startswith(UNLISTED) or b.startswith(UNLISTED)):
            names = dict(a=a, b=b, same=same, scene=scenes[a], set=f"real, {args.split}")
            yield names, lambda a=a, b=b: (read_photo(folder/a), read_photo(folder/b), None)


def parts_jobs(args):
    "The same for photos of whole cars, of which all show different ones, but for those in ALIKE."
    photos = sorted(p.relative_to(args.parts).as_posix() for p in args.parts.glob("*/JPEGImages/*.jpg"))
    alike, nothing = json.loads(ALIKE.read_text()), np.zeros((0, 4))
    for half, name in enumerate(("train", "valid")):
        scenes = {photo: photo for photo in photos[half::2]}
        for a, b in look_alikes(args.parts, scenes, args.different//2):
            if alike.get(pair_of(a, b)) != "one picture":
                names = dict(a=a, b=b, same=False, scene=a, set=f"car parts, {name}")
                yield names, lambda a=a, b=b: (read_photo(args.parts/a), read_photo(args.parts/b), nothing)


def pair_of(a, b):
    "A pair's name in ALIKE."
    return f"{Path(a).stem} {Path(b).stem}"


def set_jobs(names):
    "The same of development sets, with their true points."
    for s in sets("dev"):
        for k in range(len(s)) if s.name in names else ():
            where = dict(a=s.name, b=str(k), scene=s.photos[k], set=s.name)
            yield where, lambda s=s, k=k: s[k]


def collect(args):
    "Measure what is missing in OUT."
    cv2.setNumThreads(1)
    jobs = set_jobs(args.sets.split(",")) if args.sets else (parts_jobs if args.parts else real_jobs)(args)
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
    "The lines of files that `collect` wrote, and which pairs show one model of car."
    rows = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    alike = json.loads(ALIKE.read_text())
    for r in rows:
        r["alike"] = pair_of(r["a"], r["b"]) in alike or r["set"] == "rendered different cars"
    return rows


def fit(paths, out):
    "Weights of both judges into OUT, and a table of what they say of pairs that their fits have not seen."
    rows = [r for r in rows_of(paths) if "looks" in r]
    looks, evidence = evidence_of(rows, LookEvidence, "looks"), evidence_of(rows, MatchEvidence, "evidence")
    right, same = [is_right(r) for r in rows], [r["same"] for r in rows]
    # whether it is one car is asked only where the map may be right
    cars = [None if r["same"] and is_right(r) is False else r["same"] for r in rows]
    of_bent = [e and x for e, x in zip(evidence, looks, strict=True)]
    told = dict(confidence=told_of(rows, evidence, right, out/"field_matches.json", .8),
                by_pixels=told_of(rows, of_bent, right, None, .8),
                same_car=told_of(rows, looks, cars, out/"same_car.json", .65))
    table = pd.DataFrame([table_row(r) for r in rows]).assign(**told)
    table.round(4).to_csv(out/"match_evidence.csv", index=False)
    report(table, same)


def evidence_of(rows, of, name):
    "Evidence of each row, or None."
    return [of(**r[name]) if name in r else None for r in rows]


def told_of(rows, evidence, truth, out=None, share=None):
    """What a fit says of each row that it has not seen, NaN without evidence; its weights go to a file.
    Rows whose truth is None are not fitted; rows of a set `… valid` are tried with the fit of all others."""
    known = np.array([e is not None for e in evidence])
    tried = np.array([r["set"].endswith("valid") for r in rows])
    fold = np.array([hash_of(r["scene"]) % 5 for r in rows])
    learnt = known & ~tried & np.array([t is not None for t in truth])

    def fitted(which):
        some = np.flatnonzero(which)
        return fit_confidence([evidence[k] for k in some], [truth[k] for k in some], 1., share=share,
                              pairs=sorted({rows[k]["set"] for k in some}))
    p = np.full(len(rows), np.nan)
    for part in (*range(5), None):
        weights = fitted(learnt if part is None else learnt & (fold != part))
        for k in np.flatnonzero(known & (tried if part is None else ~tried & (fold == part))):
            p[k] = confidence(evidence[k], weights)
    if out:
        write_file(out, json.dumps(weights, indent=1))
    return p


def table_row(r):
    "What the lessons show of a row."
    if r["set"] in RENDERED:
        name = RENDERED[r["set"]]
    else:
        name = "real, one car" if r["same"] else "real, one model" if r["alike"] else "real, two cars"
    right = {True: "yes", False: "no", None: ""}[is_right(r)]
    return dict(set=name, part="tried" if r["set"].endswith("valid") else "fit", right=right,
                **{"agreement": r["looks"]["agreement"]} | r.get("evidence", {}))


def report(table, same):
    "Print how often each class is answered, told apart, and how well calibrated that is."
    table = table.assign(same=same, answered=table.confidence >= .7, one=table.same_car > .5)
    for (name, part, right), g in table.groupby(["set", "part", "right"]):
        both = int((g.answered & g.one).sum())
        print(f"{name:20} {part:6} right: {right or '-':4} {int(g.answered.sum()):4} of {len(g):4} answered "
              f"(by pixels {int((g.by_pixels >= .7).sum())}), {both} of them taken for one car")
    known = table[table.confidence.notna() & (table.right != "")]
    for part, g in (*known.groupby("part"), *known.groupby(["set", "part"])):
        error = calibration(g.confidence, g.right == "yes", bins=5)[1]
        print(f"expected calibration error, {part}: {error:.3f} of {len(g)}")


def hash_of(text):
    "A number that is the same in every process."
    return zlib.crc32(text.encode())


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, nargs="+")
    parser.add_argument("--real", type=Path, help="folder of the photos")
    parser.add_argument("--parts", type=Path, help="folder of the car parts photos")
    parser.add_argument("--split", default="train", choices=("train", "valid"))
    parser.add_argument("--same", type=int, default=150)
    parser.add_argument("--different", type=int, default=150)
    parser.add_argument("--sets", help="development sets, parted by commas")
    parser.add_argument("--fit", type=Path, help="folder of the weights; fits on rows that are there")
    args = parser.parse_args()
    if args.fit:
        return fit(args.out, args.fit)
    args.out = args.out[0]
    collect(args)


if __name__ == "__main__":
    main()

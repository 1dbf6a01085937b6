"""Aligners on real pairs whose truth nobody has made: which they answer, and how well.

    python benchmarks/real_pairs.py OUT.csv --real FOLDER --before-after FOLDER [--methods sift,…]

FOLDER is that of benchmarks/evidence.py: pairs of one car in one state, and look-alike pairs of two. The
points are matches of SIFT that agree on one epipolar geometry and move as their neighbours do, so SIFT is
at an advantage. The folder of --before-after has `pairs.json`, pairs of one car whole and damaged, from
near and far; there only answers are counted, of these pairs and of pairs mixed from them. Every method's
matches are judged as the method comes; `plain` is what a first course teaches: SIFT, the ratio test,
RANSAC at 5 px, and an answer from 15 inliers on."""
import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from evidence import real_jobs, sift_points
from tqdm import tqdm

from carlearn.alignment.registry import make_aligner
from carlearn.alignment.result import Alignment
from carlearn.core.photos import read_photo
from carlearn.evaluation.metrics import point_errors


def plain(pre, post):
    "SIFT, the ratio test and RANSAC, without any further care."
    sizes = dict(pre_size=pre.shape[1::-1], post_size=post.shape[1::-1], method="plain")
    sift = cv2.SIFT_create()
    (a, da), (b, db) = (sift.detectAndCompute(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), None) for p in (pre, post))
    near = [m for m, second in cv2.BFMatcher().knnMatch(da, db, 2) if m.distance < .75*second.distance]
    matches = np.array([(*a[m.queryIdx].pt, *b[m.trainIdx].pt) for m in near]).reshape(-1, 4)
    H, inliers = (None, None) if len(matches) < 4 else cv2.findHomography(
        matches[:, :2].astype(np.float32), matches[:, 2:].astype(np.float32), cv2.RANSAC, 5.)
    if H is None or inliers.sum() < 15:
        return Alignment(None, kind=None, refused="fewer than 15 inliers", matches=matches,
                         inliers=np.zeros(len(matches), bool), **sizes)
    return Alignment(H, matches=matches, inliers=inliers[:, 0] > 0, **sizes)


def before_after_jobs(folder, mixed=2):
    "Pairs of one car, and each whole car with `mixed` other damaged ones."
    pairs = json.loads((folder/"pairs.json").read_text())
    files, nothing = [(p["whole"], p["damaged"]) for p in pairs], np.zeros((0, 4))
    for k, (whole, _) in enumerate(files):
        for step in range(mixed + 1):
            damaged = files[(k + 5*step) % len(files)][1]
            row = dict(a=whole, b=damaged, same=step == 0, set="before and after")
            yield row, lambda a=whole, b=damaged: (read_photo(folder/a), read_photo(folder/b), nothing)


def measured(align, pre, post, truth):
    "What one aligner makes of one pair."
    out = align(pre, post)
    row = dict(answered=out.refused is None)
    if len(truth) >= 8:
        errors = np.nan_to_num(point_errors(out, truth), nan=np.inf)
        row |= {f"points{t}": float((errors <= t).mean()) for t in (3, 10)}
    return row


def jobs_of(args):
    "All pairs that were asked for."
    args.same, args.different = 67, 60
    yield from real_jobs(args) if args.real else ()
    yield from before_after_jobs(args.before_after) if args.before_after else ()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--before-after", type=Path)
    parser.add_argument("--split", default="valid", choices=("train", "valid"))
    parser.add_argument("--methods", default="plain,orb_paper,sift,tuned,upright,encoder")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    aligners = {name: plain if name == "plain" else make_aligner(name) for name in args.methods.split(",")}
    rows = []
    for row, load in tqdm(list(jobs_of(args))):
        pre, post, truth = load()
        if truth is None:
            truth = sift_points(pre, post) if row["same"] else np.zeros((0, 4))
        for name, align in aligners.items():
            rows.append(row | dict(method=name) | measured(align, pre, post, truth))
            pd.DataFrame(rows).to_csv(args.out, index=False)
    table = pd.DataFrame(rows).groupby(["set", "same", "method"], sort=False)
    print(table.mean(numeric_only=True).round(3).to_string())


if __name__ == "__main__":
    main()

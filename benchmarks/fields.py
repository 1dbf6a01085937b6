"""What growing, verification and the kind of map are worth.

    python benchmarks/fields.py OUT.csv [--encoder FILE] [--processes N]

On the development pairs of rendered cars; nothing is refused. Each row of OUT is a pair and a variant: the
median error over the car's visible points (px at 640; undefined is infinite), matches, and which share of
those on the car is right within 4 px."""
import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
import pandas as pd

from carlearn.alignment.registry import make_aligner
from carlearn.scenes.benchmark_pairs import bench_pairs
from carlearn.core.homography import AlignmentError, transform_points
from carlearn.core.files import write_file
from carlearn.alignment.dense_plane import EmbeddedPair, places_near
from carlearn.geometry.piecewise_planes import fit_planes
from carlearn.alignment.models import ROUNDS, grow, one_homography
from carlearn.geometry.displacement_field import DisplacementField

# every match agrees
UNCHECKED = patch("carlearn.alignment.models.fit_fundamental",
                  lambda a, b, threshold: (None, np.ones(len(a), bool)))
NAMES = ("one plane, fitted to what agrees best", "one plane, fitted to all matches", "several planes",
         "field")


def planes(matches):
    "Piecewise planes, or None."
    try:
        return fit_planes(matches)
    except AlignmentError:
        return None


def maps(grown):
    "Name → map of the matches of a pair, or None."
    m = grown.matches
    if not len(m):
        return dict.fromkeys(NAMES)
    homographies = [one_homography(m, kind)[0] for kind in ("plane", "field")]
    flat = [None if H is None else partial(transform_points, H) for H in homographies]
    return dict(zip(NAMES, (*flat, planes(m), DisplacementField(m, reach=48)), strict=True))


def errors(f, at, where):
    "How far a map puts points (n, 2) from where they are, px; infinite where it is undefined."
    if f is None:
        return np.full(len(at), np.inf)
    off = np.linalg.norm(f(at.astype(float)) - where[at[:, 1], at[:, 0]], axis=1)
    return np.nan_to_num(off, nan=np.inf)


def work(job):
    "All variants of a pair."
    import torch
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    encoder, k = job
    pair = [p for p in bench_pairs("dev") if p.same_car][k]
    where, seen = pair.correspondence()
    pre, post = pair.pre.photo, pair.post.photo
    options = {"encoder": encoder} if encoder else {}
    matcher = make_aligner("encoder", **options).matcher
    w = EmbeddedPair(pre, post, matcher.network(), 8.)
    free, near, rows = w.free(pre, post), places_near(w), []
    at = np.argwhere(seen)[::97, ::-1]
    for rounds, checked in ((ROUNDS, True), (ROUNDS, False), ((), True)):
        if checked:
            grown = grow(free, near, rounds=rounds)
        else:
            with UNCHECKED:
                grown = grow(free, near, rounds=rounds)
        x, y = np.rint(grown.matches[:, :2]).astype(int).T
        right = np.linalg.norm(where[y, x] - grown.matches[:, 2:], axis=1)[seen[y, x]] < 4
        for name, f in maps(grown).items():
            error = round(float(np.median(errors(f, at, where))), 3)
            share = round(float(right.mean()), 3) if len(right) else 0.
            rows.append(dict(pair=pair.name, photo=pair.pre.entry["car"], view_change=round(pair.angle, 1),
                             rounds=len(rounds), epipolar=checked, map=name, error=error,
                             matches=len(grown.matches), right=share))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--encoder", type=Path, help="none: the one that comes with carlearn")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    jobs = [(args.encoder, k) for k in range(sum(p.same_car for p in bench_pairs("dev")))]
    from tqdm import tqdm
    with ProcessPoolExecutor(args.processes, mp_context=get_context("spawn")) as pool:
        rows = [r for found in tqdm(pool.map(work, jobs), total=len(jobs)) for r in found]
    table = pd.DataFrame(rows)
    write_file(args.out, table.to_csv(index=False))
    turn = pd.cut(table.view_change, [0, 10, 20, 45])
    groups = table.groupby(["rounds", "epipolar", "map", turn], observed=True)
    summary = groups.agg(error=("error", "median"), within10=("error", lambda e: (e <= 10).mean()))
    print(summary.round(2).unstack().to_string())


if __name__ == "__main__":
    main()

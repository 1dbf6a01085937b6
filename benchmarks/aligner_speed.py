"""CPU seconds of the learned aligners against tuned's on the same pairs.

    python benchmarks/aligner_speed.py [--pairs 12]

At 640 px, pairs that align and pairs of different cars; then one pair at 2 and at 12 megapixels. One
thread, each pair once to warm up and then the faster of two. Prints seconds and ratios; run it on a machine
that does nothing else."""
import argparse
import time

import cv2
import numpy as np
import torch

from carlearn.alignment.registry import make_aligner
from carlearn.scenes.benchmark_pairs import read_views
from carlearn.core.synthetic_pairs import homography_pair


def seconds(aligner, pre, post):
    "CPU seconds of one alignment, the faster of two after one to warm up."
    taken = []
    for _ in range(3):
        start = time.process_time()
        aligner(pre, post)
        taken.append(time.process_time() - start)
    return min(taken[1:])


def warped(photos, level):
    "Each photo and its warped self."
    made = (homography_pair(p, level, seed=k) for k, p in enumerate(photos))
    return [(pair.pre, pair.post) for pair in made]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--methods", default="tuned,encoder,patches,rootsift")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    views = [v.photo for v in read_views().values() if v.entry["split"] == "dev"]
    views = views[::max(1, len(views)//args.pairs)][:args.pairs]
    others = views[len(views)//2:] + views[:len(views)//2]
    kinds = {"same photo, hard": warped(views, "hard"), "same photo, turned": warped(views, "turned"),
             "different cars": list(zip(views, others, strict=True))}
    aligners = {m: make_aligner(m) for m in args.methods.split(",")}
    h, w = views[0].shape[:2]
    print(f"{len(views)} pairs of {w} × {h} px, CPU seconds per pair (mean; ratio to tuned)")
    for kind, pairs in kinds.items():
        mean = {m: np.mean([seconds(a, *p) for p in pairs]) for m, a in aligners.items()}
        said = [f"{m} {t:.2f} ({t/mean['tuned']:.1f}×)" for m, t in mean.items()]
        print(f"{kind:20}", "  ".join(said), flush=True)
    sized = {}
    for megapixels in (2, 12):
        factor = np.sqrt(megapixels*1e6/h/w)
        photo = cv2.resize(views[0], None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        pair = homography_pair(photo, "medium", seed=1)
        sized[megapixels] = {m: seconds(a, pair.pre, pair.post) for m, a in aligners.items()}
        said = [f"{m} {t:.2f}" for m, t in sized[megapixels].items()]
        print(f"{megapixels:2} megapixels        ", "  ".join(said), flush=True)
    print("12 megapixels to 2: ", "  ".join(f"{m} {sized[12][m]/sized[2][m]:.2f}×" for m in aligners))


if __name__ == "__main__":
    main()

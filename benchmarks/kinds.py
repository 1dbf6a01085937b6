"""How far plane, planes and field put held-out matches from where they are.

    python benchmarks/kinds.py OUT.csv [--processes N]

On the development pairs of one car (planar sets, curved bodies, rendered cars), with the matches that the
encoder grows from the upright photos. Each row of OUT is a pair: the error of each model (px at 640,
two-fold, see carlearn.alignment.models.predicted), the one that `which_model` takes, how many matches there
were. Pairs without matches are left out."""
import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import pandas as pd

from carlearn.alignment.registry import make_aligner
from carlearn.core.files import write_file
from carlearn.alignment.dense_plane import EmbeddedPair, places_near
from carlearn.alignment.models import MODELS, grow, predicted, which_model

sys.path.insert(0, str(Path(__file__).parent))
from aligners import sets  # noqa: E402


def work(job):
    "A row, or None where too few matches are left."
    import torch
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    which, k = job
    if not hasattr(work, "sets"):
        work.sets = sets("dev")
    pair, aligner = work.sets[which][k], make_aligner("encoder")
    small, matcher = aligner.copies.pair(pair.pre, pair.post), aligner.matcher
    w = EmbeddedPair(small.pre, small.post, matcher.network(), matcher.spacing)
    m = grow(w.free(w.pre, w.post), places_near(w), aligner.model.reach).matches
    if not len(m):
        return None
    errors = {name: round(predicted(m, name), 3) for name in MODELS}
    return dict(set=work.sets[which].name, pair=pair.name, photo=pair.photo,
                view_change=pair.facts.get("view_change"), matches=len(m), **errors, kind=which_model(m))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    same = [(i, s) for i, s in enumerate(sets("dev")) if "different cars" not in s.name]
    jobs = [(i, k) for i, s in same for k in range(len(s))]
    from tqdm import tqdm
    with ProcessPoolExecutor(args.processes, mp_context=get_context("spawn")) as pool:
        rows = [r for r in tqdm(pool.map(work, jobs, chunksize=4), total=len(jobs)) if r]
    table = pd.DataFrame(rows)
    write_file(args.out, table.to_csv(index=False))
    print(len(jobs), "pairs,", len(table), "with matches")
    print(table.groupby("set").kind.value_counts().unstack(fill_value=0).to_string())


if __name__ == "__main__":
    main()

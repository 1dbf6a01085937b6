"""The best, median and worst answers on rendered pairs as one picture.

    python benchmarks/gallery.py ROWS.csv OUT.jpg [--split test] [--method encoder] [--each 10]

ROWS.csv is what benchmarks/aligners.py wrote. Two rows each. The pick-up photo, warped, and the return
photo alternate as on a chessboard; orange lines lead from where the map puts points of the car to where
they are; a point that is unknown is a red dot."""
import argparse
import io
from pathlib import Path

import numpy as np
import pandas as pd
from aligners import sets

from carlearn.alignment.registry import align
from carlearn.core.files import write_file


def panel(ax, pair, row):
    "One pair."
    found = align(pair.pre, pair.post, row.aligner)
    warped, post = found.warp(pair.pre), pair.post
    y, x = np.mgrid[:post.shape[0], :post.shape[1]]
    ax.imshow(np.where(((x//64 + y//64) % 2 == 0)[..., None] & found.valid[..., None], warped, post))
    ax.axis("off")
    points = pair.grid()[::12]
    known = np.isfinite(to := found.map(points[:, :2])).all(1)
    ax.plot(*np.stack([to[known], points[known, 2:]], 1).transpose(2, 1, 0), color="tab:orange", lw=.8)
    ax.plot(*points[~known, 2:].T, ".", color="tab:red", ms=2)
    ax.set_title(f"{pair.name}: {row.view_change:.0f}°, {row.error:.1f} px", fontsize=8)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--split", default="test", choices=("dev", "test"))
    parser.add_argument("--method", default="encoder")
    parser.add_argument("--each", type=int, default=10)
    args = parser.parse_args()
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    rows = pd.read_csv(args.rows)
    rows = rows[(rows.aligner == args.method) & (rows.set == "scenes") & ~rows.refused]
    rows = rows.sort_values("error").reset_index(drop=True)
    scenes = {s.name: s for s in sets(args.split)}["scenes"]
    n, middle = min(args.each, len(rows)), len(rows)//2
    starts = 0, max(0, middle - n//2), len(rows) - n
    down, across = len(starts)*2, (n + 1)//2
    fig, axes = plt.subplots(down, across, figsize=(2.6*across, 2.15*down), dpi=90, squeeze=False,
                             layout="constrained")
    for k, start in enumerate(starts):
        for i, ax in enumerate(axes[2*k:2*k + 2].ravel()):
            if i < n:
                panel(ax, scenes[int(rows.pair[start + i])], rows.loc[start + i])
            else:
                ax.axis("off")
    fig.savefig(picture := io.BytesIO(), format="jpg", pil_kwargs=dict(quality=80))
    write_file(args.out, picture.getvalue())


if __name__ == "__main__":
    main()

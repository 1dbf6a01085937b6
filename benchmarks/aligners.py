"""All aligners on all sets: python benchmarks/aligners.py OUT [--split dev|test] [--methods …] [--processes N]

Sets: flat pairs (easy to extreme by turns), hard light (light, reflections, low resolution by turns), turned, near and far, curved
bodies, rendered cars, different cars. Photos: the paper's development or test quarter (see tools/train_encoder.py) and the views of
the rendered benchmark. Nothing is chosen on the test half."""
import argparse
import sys
from pathlib import Path

from carlearn.bench import bench_pairs, read_views
from carlearn.core import write_file
from carlearn.evaluation import benchmark, homography_pairs, relief_pairs, scene_set, stranger_pairs

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
    parser.add_argument("--methods", default="sift,orb,tuned,rootsift,raw,encoder")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    results = benchmark(args.methods.split(","), sets(args.split), args.out, processes=args.processes)
    write_file(args.out/"table.md", results.markdown())
    results.table().to_csv(args.out/"table.csv")
    print(results.markdown())


if __name__ == "__main__": main()

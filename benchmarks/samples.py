"""What samples buy: seconds for a view by the number of samples for each pixel, and what noise still does to
SIFT, against a reference of many samples.

    python benchmarks/samples.py [--size 640 480] [--reference 128] [--variant scalar_rgb]

The view is one of bench/. For each number of samples the photo is rendered with seeds of its own and
denoised; `matched` is the share of the reference's keypoints on the car whose match (ratio test 0.8) in the
noisier photo lies within 1.5 px, where two references with different seeds would give the last line: what
noise no longer changes."""
import argparse
import os
import sys
import time
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent/"tools"))


def keypoints(photo, mask=None):
    "SIFT's places (n, 2) and descriptors."
    kp, descriptors = cv2.SIFT_create().detectAndCompute(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), mask)
    return np.array([k.pt for k in kp]), descriptors


def matched(reference, photo, car):
    "Share of the reference's keypoints on the car that are found again at their place."
    (p, d), (q, e) = keypoints(reference, car.astype(np.uint8)), keypoints(photo)
    pairs = [m for m, n in cv2.BFMatcher().knnMatch(d, e, 2) if m.distance < .8*n.distance]
    right = sum(np.linalg.norm(p[m.queryIdx] - q[m.trainIdx]) < 1.5 for m in pairs)
    return right/len(p), len(p)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, nargs=2, default=(640, 480))
    parser.add_argument("--reference", type=int, default=128)
    parser.add_argument("--variant", default="scalar_rgb",
                        help="of Mitsuba: llvm_ad_rgb or cuda_ad_rgb where they work")
    args = parser.parse_args()
    os.environ["CARLEARN_MITSUBA"] = args.variant
    from render_bench import plan

    from carlearn.scenes.rendering import dressed, exposed, surroundings, truth
    from carlearn.scenes.light import build, denoise, guides, passes
    from carlearn.scenes.camera import look_at

    car, damages, views = plan("dev_saloon")
    setting = views[1][0]
    spent = {}

    def timed(name, work):
        start = time.perf_counter()
        out = work()
        spent[name] = time.perf_counter() - start
        return out

    own = timed("car", lambda: dressed(car, [(n, d) for n, d, _ in damages]))
    around, materials, emitters = timed("place", lambda: surroundings(setting))
    camera = look_at(setting.eye, setting.target, setting.fov, *args.size, setting.roll)
    parts = own.parts + around
    scene = timed("scene", lambda: build(parts, own.materials | materials, emitters))
    shown = timed("truth", lambda: truth(scene, camera, parts, own.skin))["ids"] > 0
    albedo, normal = timed("guides", lambda: guides(scene, camera))
    def shoot(spp, seed):
        light = passes(scene, camera, spp, seed, min(spp, 8))
        return exposed(denoise(light, albedo, normal)[0], setting)

    reference = shoot(args.reference, 900)
    said = ", ".join(f"{k} {v:.1f} s" for k, v in spent.items())
    print(f"{args.variant}, {args.size[0]}x{args.size[1]}, {said}")
    print("  spp   seconds  of reference   PSNR   matched (of n keypoints)")
    for spp in sorted({2, 4, 8, 16, 32, 64, args.reference}):
        photo = timed("photo", lambda spp=spp: shoot(spp, spp))
        share, n = matched(reference, photo, shown)
        print(f"{spp:5d} {spent['photo']:9.1f} {spp/args.reference:13.3f} "
              f"{cv2.PSNR(reference, photo):6.1f}   {share:6.3f} ({n})", flush=True)


if __name__ == "__main__":
    main()

"""Speed of training and memory of evaluation.

    python benchmarks/detector_speed.py [--epochs 3] [--photos 200] [--full 20]
    python benchmarks/detector_speed.py --work 1000

Training: photos a second of train_detector against a loop made after torchvision's
references/detection/engine.py (train_one_epoch), with the same network, photos, augmentations and batches,
in turns. Evaluation: the highest resident memory while 200 photos of 12 megapixels are evaluated at working
size, and twenty at full size, where each finding's mask has 12 million pixels. At work: CPU seconds of the
detector that comes with carlearn for a photo of 640 px and for one of 12 megapixels in tiles, on one thread,
and the highest memory after ten, a tenth and all of so many photos."""
import argparse
import multiprocessing
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from carlearn.annotations.photos import AnnotatedPhoto, Annotations
from carlearn.annotations.reading import read_annotations
from carlearn.annotations.regions import Region
from carlearn.core.photos import write_photo
from carlearn.core.samples import samples_path
from carlearn.detection.batches import damage_dls
from carlearn.detection.detector import Detector
from carlearn.detection.learner import damage_learner, train_detector, without_crowds
from carlearn.detection.networks import mask_rcnn
from carlearn.detection.precision import evaluate


def reference_epoch(model, optimizer, loader, warm_up):
    "An epoch as torchvision's reference has it: warm-up, summed losses, a check that they are finite, a log."
    model.train()
    scheduler, log = None, []
    if warm_up:
        scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=.001,
                                                      total_iters=min(1000, len(loader) - 1))
    for images, targets in loader:
        losses = model(list(images), [without_crowds(t) for t in targets])
        total = sum(losses.values())
        log.append({k: v.item() for k, v in losses.items()})
        if not np.isfinite(total.item()):
            sys.exit("the loss is no number")
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        if scheduler:
            scheduler.step()


def training_speed(epochs):
    "Seconds an epoch of both loops, in turns."
    annotations = read_annotations(samples_path()/"via_2x.json")
    dls = lambda: damage_dls(annotations, bs=2, max_side=533, device="cpu")
    network = lambda: mask_rcnn("resnet18", 3, seed=0)
    ours, theirs = [], []
    model, data = network(), dls()
    optimizer = torch.optim.AdamW(model.parameters(), 5e-4, weight_decay=1e-4)
    collate = lambda items: tuple(zip(*items, strict=True))
    loader = torch.utils.data.DataLoader(data.train.dataset, 2, shuffle=True, collate_fn=collate,
                                         drop_last=True)
    learn = damage_learner(dls(), network())
    reference_epoch(model, optimizer, loader, True)
    train_detector(learn, 1, progress=False)            # not counted: photos are decoded, memory is found
    for k in range(epochs):
        data.train.dataset.epoch = k
        began = time.perf_counter()
        reference_epoch(model, optimizer, loader, False)
        theirs.append(time.perf_counter() - began)
        began = time.perf_counter()
        train_detector(learn, 1, progress=False)
        ours.append(time.perf_counter() - began)
    n = len(annotations)
    ratios = sorted(t/o for t, o in zip(theirs, ours, strict=True))
    print(f"training, {n} photos an epoch: ours {n/np.median(ours):.2f}, reference {n/np.median(theirs):.2f} "
          f"photos a second; ratio {ratios[len(ratios)//2]:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}, "
          f"{epochs} turns)")


def make_photos(folder, n):
    "Photos of 4000 × 3000 px."
    photo = read_annotations(samples_path()/"via_2x.json")[1].read()
    scene = cv2.resize(photo, (4000, 3000), interpolation=cv2.INTER_CUBIC)
    for k in range(n):
        write_photo(Path(folder)/f"{k:03d}.jpg", np.roll(scene, 17*k, 1))


def large_photos(folder, n):
    "Those photos with one annotated rectangle each, made by another process, whose memory is not counted."
    maker = multiprocessing.get_context("spawn").Process(target=make_photos, args=(folder, n))
    maker.start()
    maker.join()
    regions = lambda k: [Region("rect", (900 + k, 1200, 400, 300), "damage")]
    photos = [AnnotatedPhoto(f"{k:03d}.jpg", regions(k), Path(folder)) for k in range(n)]
    return Annotations(photos, str(folder))


def peak():
    "Highest resident memory, MB. Not getrusage's, which a child inherits from its parent; Linux only."
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])/1024


def memory(n, side):
    "Highest memory before, after the first batch, a tenth and all photos: flat if it does not grow any more."
    with tempfile.TemporaryDirectory() as folder:
        photos = large_photos(folder, n)
        model, before = mask_rcnn("resnet18", 1).eval(), peak()
        for share in sorted({2, max(2, n//10), n}):
            dls = damage_dls(photos[:share], photos[:share], bs=2, max_side=side, device="cpu", cache_mb=0)
            began = time.perf_counter()
            found = evaluate(model, dls.valid, dls.classes, progress=False)
            print(f"evaluation at {side} px: {share} photos, {len(found.scorer.found)} findings, "
                  f"highest memory {peak():.0f} MB (before {before:.0f}), "
                  f"{(time.perf_counter() - began)/share:.2f} s a photo", flush=True)


def at_work(n):
    "Seconds and memory of the detector that comes with carlearn."
    torch.set_num_threads(1)
    detector, photo = Detector(device="cpu"), read_annotations(samples_path()/"via_2x.json")[1].read()
    large = cv2.resize(photo, (4000, 3000), interpolation=cv2.INTER_CUBIC)
    for picture, times in ((photo, 10), (large, 3)):
        detector.predict(picture)
        began = time.process_time()
        for _ in range(times):
            detector.predict(picture)
        height, width = picture.shape[:2]
        print(f"{width} x {height} px: {(time.process_time() - began)/times:.2f} CPU seconds", flush=True)
    for k in range(n):
        detector.predict(np.roll(photo, 7*k, 1))
        if k + 1 in {10, n//10, n}:
            print(f"{k + 1} photos: highest memory {peak():.0f} MB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--full", type=int, default=20)
    parser.add_argument("--memory", type=int, nargs=2, metavar=("N", "SIDE"),
                        help="only the memory of N photos at SIDE px")
    parser.add_argument("--work", type=int, metavar="N", help="only the bundled detector, on N photos")
    args = parser.parse_args()
    if args.work:
        return at_work(args.work)
    if args.memory:
        return memory(*args.memory)
    training_speed(args.epochs)
    for n, side in ((args.photos, 533), (args.full, 4000)):
        # each in a process, so with a memory, of its own
        subprocess.run([sys.executable, "-W", "ignore", __file__, "--memory", str(n), str(side)], check=True)


if __name__ == "__main__":
    main()

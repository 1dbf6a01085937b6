"""Training on patch pairs: the fast sampler against the literal one in one run (imgaug on the whole photo for
each view).

    python benchmarks/patches.py PHOTOS [--steps 20] [--threads 2] [--epochs 300]

PHOTOS is a folder; those of 1 to 2 megapixels are used. Steps of ResNet-18 on 64 views alternate between
the two ways. Printed: seconds of data and of the network, the ratio for the data and for the whole step,
the share of the step that the network waits for data in a fastai loop, and the memory of the process over
--epochs epochs on ten photos (a very small network, for what is looked at is the loop). With CUDA: steps
per second against one cached batch."""
import argparse
import statistics
import time
from pathlib import Path

import numpy as np
import torch

from carlearn.core.photos import read_photo
from carlearn.ssl.encoders import make_encoder
from carlearn.ssl.ntxent import nt_xent
from carlearn.ssl.loaders import find_photos, patch_dls
from carlearn.ssl.patches import Augmentation, literal_pairs, patch_pairs
from carlearn.ssl.training import ssl_learner, train


def timed(function):
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


def literal(photo, seed):
    _, first, second = literal_pairs(photo, 32, Augmentation().sequential(), seed)
    return np.stack([v.window() for v in (*first, *second)])


def fast(photo, seed):
    pairs = patch_pairs(photo, 32, seed=seed)
    return np.concatenate([pairs.first, pairs.second])


def steps(photos, n):
    "Seconds of (data, network) by way, for n steps each."
    seconds = {}
    for make in (literal, fast):
        make(photos[0][:200, :200], 0)
    for way, make in {"literal": literal, "fast": fast}.items():
        encoder = make_encoder("resnet18")
        optimizer = torch.optim.SGD(encoder.parameters(), lr=1e-3, momentum=.9)

        def step(views, encoder=encoder, optimizer=optimizer):
            loss = nt_xent(*encoder(torch.from_numpy(views.transpose(0, 3, 1, 2).copy())).chunk(2))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        seconds[way] = (make, step, [], [])
    for k in range(n):
        for make, step, data, network in seconds.values():
            views, t = timed(lambda k=k, make=make: make(photos[k % len(photos)], k))
            data.append(t)
            network.append(timed(lambda step=step, views=views: step(views))[1])
    return {way: tuple(map(statistics.mean, spent)) for way, (_, _, *spent) in seconds.items()}


def waiting(photos, epochs, device, **options):
    "Share of a training loop that is spent in the loader; its steps per second, and on one cached batch."
    dls = patch_dls(photos, device=device, **options)
    encoder = make_encoder("resnet18", channels=4 if options.get("kind") == "image_mask" else 3).to(device)
    optimizer = torch.optim.SGD(encoder.parameters(), lr=1e-3, momentum=.9)

    def step(views):
        loss = nt_xent(*encoder(views).chunk(2))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()
    batch, wait, n = dls.one_batch()[0], 0., 0
    step(batch)
    start = mark = time.perf_counter()
    for epoch in range(epochs):
        dls.train.set_epoch(epoch)
        for views, _ in dls.train:
            wait += time.perf_counter() - mark
            step(views)
            n, mark = n + 1, time.perf_counter()
    total = time.perf_counter() - start
    cached = timed(lambda: [step(batch) for _ in range(n)])[1]
    return wait/total, n/total, n/cached


def memory(photos, epochs):
    "MB of the process every thirty epochs or so."
    from fastai.callback.core import Callback

    class Watch(Callback):
        def after_epoch(self):
            if self.epoch % max(1, epochs//10) == 0:
                lines = Path("/proc/self/status").read_text().splitlines()
                seen.append(next(int(line.split()[1])//1024 for line in lines if line.startswith("VmRSS")))
    seen = []
    learn = ssl_learner(patch_dls(photos, device="cpu"), "descriptor", recipe="sgd").add_cb(Watch())
    train(learn, epochs, progress=False)
    return seen


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=300)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    area = lambda p: p.shape[0]*p.shape[1]
    photos = [p for p in map(read_photo, find_photos(args.photos)) if 1e6 <= area(p) <= 2e6]
    print(f"{len(photos)} photos of {np.mean(list(map(area, photos)))/1e6:.2f} megapixels on average")
    (slow_data, slow_net), (fast_data, fast_net) = steps(photos, args.steps).values()
    print(f"literal: data {slow_data:.3f} s, network {slow_net:.3f} s a step; "
          f"fast: data {fast_data:.4f} s, network {fast_net:.3f} s ({args.steps} steps each)")
    whole = (slow_data + slow_net)/(fast_data + fast_net)
    print(f"data: {slow_data/fast_data:.0f} times faster; whole step: {whole:.1f} times faster")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for kind in ("patch", "image_mask"):
        epochs = 2 if device == "cpu" and kind == "patch" else 1
        share, loop, cached = waiting(photos[:10], epochs, device, kind=kind)
        print(f"{kind} on {device}: the network waits {share:.1%} of the time; {loop:.2f} steps a second, "
              f"{cached:.2f} on one cached batch ({loop/cached:.2f})", flush=True)
    if args.epochs:
        print(f"MB over {args.epochs} epochs on ten photos: {memory(photos[:10], args.epochs)}")


if __name__ == "__main__":
    main()

"""What makes a training step of the paper's networks cheaper, its mathematics unchanged.

    python benchmarks/wide_step.py [--arch NAME …] [--threads N] [--steps N]

A step is that of the paper: 32 patches of 32 px, each seen twice, NT-Xent, SGD. Each way to compute it
is measured in the same run, by turns; the table has the median seconds, and the ratio to the network as it
is built, in float32. bfloat16 is left out where the processor would imitate it."""
import argparse
import time

import numpy as np
import pandas as pd
import torch

from carlearn.ssl.encoders import make_encoder
from carlearn.ssl.ntxent import nt_xent
from carlearn.ssl.small_maps import small_maps

WAYS = {   # name → small maps, channels last, bfloat16
    "as built": (False, False, False),
    "channels last": (False, True, False),
    "small maps": (True, False, False),
    "bfloat16": (False, False, True),
    "bfloat16, channels last": (False, True, True),
    "bfloat16, small maps": (True, False, True),
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", nargs="*", default=["resnet18", "wide_resnet50_2"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=9)
    return parser.parse_args()


def stepper(arch, small, channels_last, bf16):
    "A function that takes one training step."
    net = make_encoder(arch, seed=0)
    net = small_maps(net) if small else net
    net = net.to(memory_format=torch.channels_last) if channels_last else net
    patches = torch.randint(0, 256, (64, 3, 32, 32), dtype=torch.uint8)
    optimizer = torch.optim.SGD(net.parameters(), 1e-3, .9)

    def step():
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            z = net(patches).float()
        nt_xent(z[:32], z[32:], .1).backward()
        optimizer.step()
        optimizer.zero_grad()
    return step


def seconds(steppers, steps):
    "Median seconds of each, measured by turns."
    times = {name: [] for name in steppers}
    for k in range(steps + 2):
        for name, step in steppers.items():
            start = time.perf_counter()
            step()
            if k >= 2:
                times[name].append(time.perf_counter() - start)
    return {name: float(np.median(t)) for name, t in times.items()}


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    imitated = torch.backends.cpu.get_cpu_capability() in ("DEFAULT", "AVX2")
    ways = {name: how for name, how in WAYS.items() if not (how[2] and imitated)}
    rows = []
    for arch in args.arch:
        took = seconds({name: stepper(arch, *how) for name, how in ways.items()}, args.steps)
        rows += [(arch, name, s, took["as built"]/s) for name, s in took.items()]
    table = pd.DataFrame(rows, columns=["network", "way", "s a step", "times as fast"])
    print(f"{args.threads} threads, {torch.backends.cpu.get_cpu_capability()}")
    print(table.round(2).to_string(index=False))


if __name__ == "__main__":
    main()

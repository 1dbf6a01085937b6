"""NT-Xent's loss and gradient at N = 4096 pairs of 128-D: seconds and peak memory, against lightly's and
pytorch-metric-learning's in one run.

    python benchmarks/ntxent.py [--pairs 4096] [--repeats 5] [--threads 2]

Each measurement is a process of its own; repeats alternate between the implementations. Memory is the peak
of the process (VmHWM) beyond what it held before the first call. The ratio is ours over the better of the
other two."""
import argparse
import json
import statistics
import subprocess
import sys
import time

NAMES = ("carlearn", "lightly", "pytorch-metric-learning")


def loss_of(name):
    "A function of two (N, D) embeddings."
    if name == "carlearn":
        from carlearn.ssl.ntxent import nt_xent
        return lambda a, b: nt_xent(a, b, .1)
    if name == "lightly":
        from lightly.loss import NTXentLoss
        return NTXentLoss(.1)
    from pytorch_metric_learning.losses import NTXentLoss, SelfSupervisedLoss
    return SelfSupervisedLoss(NTXentLoss(.1))


def memory(field):
    "A line of /proc/self/status, MB."
    with open("/proc/self/status") as file:
        return next(int(line.split()[1])/1024 for line in file if line.startswith(field))


def measure(name, pairs, threads):
    import torch
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    a, b = torch.randn(2, pairs, 128).requires_grad_()
    small = torch.randn(2, 64, 128).requires_grad_()
    loss = loss_of(name)
    loss(small[0], small[1]).backward()              # imports and first allocations
    held, start = memory("VmRSS"), time.perf_counter()
    calls = max(1, 4096//pairs)
    for _ in range(calls):
        value = loss(a, b)
        value.backward()
    return dict(seconds=(time.perf_counter() - start)/calls, mb=memory("VmHWM") - held, loss=value.item())


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=4096)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--one", choices=NAMES, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        return print(json.dumps(measure(args.one, args.pairs, args.threads)))
    runs, failed = {name: [] for name in NAMES}, set()
    for _ in range(args.repeats):
        for name in NAMES:
            command = [sys.executable, __file__, "--one", name, "--pairs", str(args.pairs),
                       "--threads", str(args.threads)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode == 0:
                runs[name].append(json.loads(done.stdout.splitlines()[-1]))
            elif name not in failed:
                failed.add(name)
                print(f"{name}: {done.stderr.strip().splitlines()[-1]}")
    medians = lambda rows: {k: statistics.median(r[k] for r in rows) for k in rows[0]}
    middle = {name: medians(rows) for name, rows in runs.items() if rows}
    for name, m in middle.items():
        print(f"{name:24} {m['seconds']:7.3f} s {m['mb']:8.0f} MB   loss {m['loss']:.6f}")
    for key in ("seconds", "mb"):
        better = min(m[key] for n, m in middle.items() if n != NAMES[0])
        print(f"{key}: {middle['carlearn'][key]/better:.2f} of the better of the others")


if __name__ == "__main__":
    main()

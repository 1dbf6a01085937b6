"""Visits a second of `carlearn fleet`, against one process for each pair.

    python benchmarks/fleet.py [--visits N] [--bad SHARE] [--arms alone one two ray] [--save FILE]

The visits are the bundled pairs, over and over; of every hundred, some have a photo that is none. The peer,
`alone`, calls `carlearn inspect PRE POST` once a pair, as a script would; it is given a tenth of the visits.
Seconds are of the whole command, with the start of its processes. Beside them the memory of the largest
process so far, so of this arm or one before it. All arms ask the same, and their records are compared."""
import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from carlearn.core.samples import samples_path

PAIRS = ("front", "left_side", "front_left", "rear_right", "door_close_up")
ARMS = {"alone": None, "one": ["--processes", "1"], "two": ["--processes", "2"],
        "ray": ["--processes", "2", "--ray", "local"]}
BASE = [sys.executable, "-m", "carlearn"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=400)
    parser.add_argument("--bad", type=float, default=.05, help="share of visits with a photo that is none")
    parser.add_argument("--save", type=Path, help="CSV file for the seconds of each visit of the first run")
    parser.add_argument("--arms", nargs="*", default=list(ARMS), choices=list(ARMS))
    return parser.parse_args()


def table(folder, visits, bad):
    "A table of visits, and the photos of each."
    for name in PAIRS:
        for side in ("pre", "post"):
            shutil.copy(samples_path()/name/f"{side}.jpg", folder/f"{name}_{side}.jpg")
    (folder/"text.jpg").write_text("no photo")
    rows, every = ["visit,pickup,return"], round(1/bad) if bad else visits + 1
    for k in range(visits):
        name = PAIRS[k % len(PAIRS)]
        pre = "text.jpg" if k % every == every - 1 else f"{name}_pre.jpg"
        rows.append(f"{k:05},{pre},{name}_post.jpg")
    (folder/"visits.csv").write_text("\n".join(rows) + "\n")
    return folder/"visits.csv"


def timed(commands):
    "Seconds of commands, and the memory of the largest process so far, GB."
    start = time.monotonic()
    for line in commands:
        done = subprocess.run(line, capture_output=True, text=True)
        if done.returncode not in (0, 3):        # 3: visits whose photo is none were given up
            raise SystemExit(done.stderr)
    return time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss/1e6


def alone(folder, visits):
    "One process a pair, for a tenth of the visits; seconds a visit."
    some = [PAIRS[k % len(PAIRS)] for k in range(max(len(PAIRS), visits//10))]
    lines = [[*BASE, "inspect", folder/f"{n}_pre.jpg", folder/f"{n}_post.jpg", "--out", folder/"alone"/str(k)]
             for k, n in enumerate(some)]
    seconds, memory = timed(lines)
    return seconds/len(some), memory


def records(out):
    "visit -> findings of a run."
    found = [json.loads(p.read_text()) for p in (out/"records").glob("*.json")]
    return {r["visit"]: (r["status"], r.get("findings_rows")) for r in found}


def save_seconds(out, path):
    "Write the seconds of the visits of a run that are done."
    found = [json.loads(p.read_text()) for p in sorted((out/"records").glob("*.json"))]
    rows = [f"{r['visit']},{r['seconds']}" for r in found if r["status"] == "done"]
    path.write_text("\n".join(["visit,seconds", *rows]) + "\n")


def main():
    args = arguments()
    found, first = {}, None
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        visits = table(work, args.visits, args.bad)
        for arm in args.arms:
            if arm == "alone":
                each, memory = alone(work, args.visits)
            else:
                line = [*BASE, "fleet", visits, "--out", work/arm, *ARMS[arm]]
                each, memory = timed([line])
                each, found[arm] = each/args.visits, records(work/arm)
                if args.save and len(found) == 1:
                    save_seconds(work/arm, args.save)
            first = first or each
            print(f"{arm:6} {each:6.2f} s a visit, {3600/each:6.0f} an hour, "
                  f"{first/each:5.2f} × {args.arms[0]}, largest process {memory:.1f} GB", flush=True)
    same = all(f == next(iter(found.values())) for f in found.values())
    print(f"{args.visits} visits, {args.bad:.0%} bad; findings {'equal' if same else 'DIFFER'} in all runs")


if __name__ == "__main__":
    main()

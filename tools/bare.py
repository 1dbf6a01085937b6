"""Use carlearn with whatever is installed: import every module, and call each command for a moment.

    python tools/bare.py

It stands for the user who has installed carlearn without any extra: an import that only developers have would
end here, and what an extra is missing for must say so in one line."""
import os
import pkgutil
import subprocess
import sys
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

SAMPLES = Path(__file__).resolve().parent.parent/"data_samples"
# module that an extra brings, the extra, the command that wants it
PAIR = [SAMPLES/"front"/f"{side}.jpg" for side in ("pre", "post")]
EXTRAS = [("kornia", "kornia", ["align", *PAIR, "-m", "loftr"]),
          ("weasyprint", "pdf", ["export", "REPORT", "--pdf", "OUT/report.pdf"]),
          ("pyarrow", "fleet", ["fleet", SAMPLES, "--out", "OUT/report.pdf"]),
          ("voila", "app", ["app", "--data", "OUT/report.pdf"])]


def call(*words):
    "Exit code and both outputs of a command line of carlearn."
    print("carlearn", *words, flush=True)
    command = [sys.executable, "-m", "carlearn", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "2"})


def run(*words):
    "A command line of carlearn, which must end well."
    done = call(*words)
    if done.returncode or "Traceback" in done.stderr:
        sys.exit(f"exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


def import_all():
    "Every module; one of the lessons' own extras may only be missing where it says so."
    import carlearn
    for module in pkgutil.walk_packages(carlearn.__path__, "carlearn."):
        if module.name != "carlearn.__main__":
            import_module(module.name)


def missing(report, out):
    "What is not installed is one line with the command that installs it, quoted for every shell."
    for module, extra, words in EXTRAS:
        if find_spec(module):
            continue
        places = {"REPORT": report, "OUT/report.pdf": out/"report.pdf"}
        done = call(*(places.get(w, w) if isinstance(w, str) else w for w in words))
        line = done.stderr.strip()
        if done.returncode != 2 or "\n" in line or f'pip install "carlearn[{extra}]"' not in line:
            sys.exit(f"without {module}: exit code {done.returncode}, {line[-2000:]}")


def main():
    import_all()
    with tempfile.TemporaryDirectory() as folder:
        folder, via = Path(folder), SAMPLES/"via_2x.json"
        encoder, detector = folder/"encoder.safetensors", folder/"detector.safetensors"
        run("demo", "--only", "front", "--out", folder/"demo")
        run("annotations", "check", via, "--explain")
        once, light = ("--epochs", 1), ("--arch", "mobilenet_v2", "--max-side", 128)
        run("train", "encoder", SAMPLES/"front", "--arch", "mobilenet_v3_small", *once, "--out", encoder)
        run("train", "detector", via, *light, *once, "--out", detector)
        run("detect", SAMPLES/"front"/"post.jpg", "--weights", detector, "--out", folder/"found")
        run("evaluate", "aligners", "--methods", "tuned", "--sets", "planar", "--pairs", 1)
        run("evaluate", "detector", detector, via, "--out", folder/"d")
        run("export", folder/"demo"/"front", "--csv", folder/"findings.csv")
        missing(folder/"demo"/"front", folder)


if __name__ == "__main__":
    main()

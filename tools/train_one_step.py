"""Train an encoder and a detector for a moment through the command line, with whatever is installed.

    python tools/train_one_step.py

It stands for the user who has installed carlearn without any extra: an import that only developers have would
end here."""
import subprocess
import sys
import tempfile
from pathlib import Path

SAMPLES = Path(__file__).resolve().parent.parent/"data_samples"


def run(*words):
    "A command line of carlearn, which must end well."
    print("carlearn", *words, flush=True)
    subprocess.run([sys.executable, "-m", "carlearn", *map(str, words)], check=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        encoder, detector = Path(folder)/"encoder.safetensors", Path(folder)/"detector.safetensors"
        run("train", "encoder", SAMPLES/"front", "--arch", "resnet18", "--epochs", 1, "--out", encoder)
        run("train", "detector", SAMPLES/"via_2x.json", "--epochs", 1, "--max-side", 128, "--out", detector)
        run("detect", SAMPLES/"front"/"post.jpg", "--weights", detector, "--out", Path(folder)/"found")


if __name__ == "__main__":
    main()

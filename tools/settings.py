"The project's settings.ini, for the scripts of this folder and the documentation's hooks."
import json
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def read_settings():
    "The settings as a mapping of strings."
    parser = ConfigParser()
    parser.read(ROOT/"settings.ini", encoding="utf-8")
    return parser["DEFAULT"]


def colab_address(cfg, notebook):
    "Where Colab opens a notebook of this repository."
    return f"https://colab.research.google.com/github/{cfg['user']}/{cfg['repo']}/blob/{cfg['branch']}/nbs/{notebook}"


def notebooks():
    "Every notebook of the project, the course first, then the rooms of the packages."
    found = [p for p in (ROOT/"nbs").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts]
    return sorted(found, key=lambda p: (len(p.parts), p))


def title(path):
    "What a notebook calls itself in its first cell."
    first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]
    return "".join(first).splitlines()[0].removeprefix("# ")


def reading_minutes(path):
    "How long a notebook takes to read, at 200 words or ten lines of code a minute, in steps of five."
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    count = {"markdown": 0, "code": 0}
    for cell in cells:
        text = "".join(cell["source"])
        units = text.split() if cell["cell_type"] == "markdown" else text.splitlines()
        count[cell["cell_type"]] += len(units)
    return max(5, 5*round((count["markdown"]/200 + count["code"]/10)/5))

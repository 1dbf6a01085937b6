"The project's settings.ini, for the scripts of this folder and the documentation's hooks."
import re
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
    "Where Colab opens a notebook of nbs/: a lesson as its student's copy, a room as it is."
    place = f"course/student/{notebook}" if re.match(r"\d\d_\w+\.ipynb$", notebook) else f"nbs/{notebook}"
    return f"https://colab.research.google.com/github/{cfg['user']}/{cfg['repo']}/blob/{cfg['branch']}/{place}"


def notebooks():
    "Every notebook of the project, the course first, then the rooms of the packages."
    found = [p for p in (ROOT/"nbs").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts]
    return sorted(found, key=lambda p: (len(p.parts), p))


def title(path):
    "What a notebook calls itself in its first cell."
    first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]
    return "".join(first).splitlines()[0].removeprefix("# ")


def reading_minutes(path):
    """How long a notebook takes to read, in steps of five: 200 words of text or ten lines of code a minute.

    What a student writes (solutions of exercises) is not read, and not counted."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = lambda kind: ["".join(c["source"]) for c in cells if c["cell_type"] == kind]
    words = sum(len(text.split()) for text in sources("markdown"))
    lines = sum(len(text.splitlines()) for text in sources("code") if not text.startswith("#| solution"))
    return max(5, 5*round((words/200 + lines/10)/5))

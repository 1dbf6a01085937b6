"""What is generated must be what its source gives.

carlearn/ comes from nbs/, README.md from nbs/index.ipynb, badges and install cells from settings.ini."""
import re
import shutil
import subprocess
import sys

import alt_texts
import nbformat
import pytest
import readme
from conftest import notebooks

BY_HAND = {"__init__.py", "__main__.py"}   # the files of carlearn/ that no notebook exports
SHAPE = {   # what each lesson has
    "Title": r"^# \S",
    "one line": r"^> \S",
    "badge": r"colab-badge\.svg",
    "summary": r"^## Summary",
    "questionnaire": r"^## Questionnaire",
    "exercises": r"^## Exercises",
}


def run(*command, cwd):
    return subprocess.run([sys.executable, *command], cwd=cwd, check=True, capture_output=True, text=True)


def copy_project(root, to):
    "The sources of what is generated, in another folder."
    for name in ("settings.ini", "pyproject.toml", "setup.py"):
        shutil.copy(root/name, to/name)
    leftovers = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in ("nbs", "carlearn", "tools"):
        shutil.copytree(root/name, to/name, ignore=leftovers)


def texts(library):
    "The text of each module of a copy of carlearn/."
    return {p.relative_to(library).as_posix(): p.read_text(encoding="utf-8") for p in library.rglob("*.py")}


def test_library_is_what_the_notebooks_export(root, tmp_path):
    copy_project(root, tmp_path)
    library = tmp_path/"carlearn"
    before = texts(library)
    for p in library.rglob("*.py"):
        if p.name not in BY_HAND:
            p.unlink()
    run("tools/export.py", cwd=tmp_path)
    after = texts(library)
    assert set(before) == set(after), ("carlearn/ has files that no notebook exports, or lacks some: "
                                       "run make export")
    stale = ", ".join(name for name in before if before[name] != after[name])
    assert not stale, (f"{stale} differ from what the notebooks export: "
                       "edit the notebook, then run make export")


def test_readme_is_what_the_index_gives(root, tmp_path):
    done = run("tools/readme.py", "--stdout", cwd=root)
    written = (root/"README.md").read_text(encoding="utf-8")
    assert done.stdout == written, "README.md is stale: run make export"
    pictures = list(readme.figures(readme.index()))
    assert pictures and all(f"](nbs/images/{name})" in written for name, *_ in pictures)
    for name, _, data in pictures:
        assert (readme.PICTURES/name).read_bytes() == data, f"nbs/images/{name} is stale: run make export"


def test_heads_name_the_address_in_settings(root):
    done = run("tools/heads.py", "--check", cwd=root)
    assert not done.stdout, done.stdout


def test_figures_have_words(root):
    done = run("tools/alt_texts.py", "--check", cwd=root)
    assert not done.stdout, f"{done.stdout}run make export"
    described = [o.metadata[kind]["alt"] for p in notebooks() for *_, o, kind in
                 alt_texts.figures(nbformat.read(p, 4))]
    assert len(described) > 200 and min(map(len, described)) > len("Figure. ")


def all_but_index(): return [p for p in notebooks() if p.stem != "index"]


@pytest.mark.parametrize("field", SHAPE)
def test_lessons_have_the_shape_of_a_lesson(root, field):
    for path in all_but_index():
        text = "\n".join(c.source for c in nbformat.read(path, 4).cells if c.cell_type == "markdown")
        assert re.search(SHAPE[field], text, re.M), f"{path.name} lacks its {field}"


def test_notebooks_are_small_and_carry_their_outputs(root):
    for path in all_but_index():
        assert path.stat().st_size < 2e6, f"{path.name} is above 2 MB"
        code = [c for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
        shows = [c for c in code if re.search(r"^(print\(|show_)", c.source, re.M) and "#| " not in c.source]
        assert any(c.outputs for c in code) or not shows, f"{path.name} was committed without outputs"
        outputs = [o for c in code for o in c.outputs]
        assert not any(o.output_type == "error" for o in outputs), f"{path.name} ends in an error"

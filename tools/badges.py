"""Write each notebook's Open-in-Colab badge, and the index's links to the repository, from the address in settings.ini.

    python tools/badges.py            rewrite what differs
    python tools/badges.py --check    only name the notebooks that differ"""
import argparse
import re

from fastcore.nbio import read_nb, write_nb
from settings import ROOT, colab_address, notebooks, read_settings

IMAGE = "https://colab.research.google.com/assets/colab-badge.svg"
BADGE = re.compile(r"\[!\[Open In Colab\]\([^)]*\)\]\([^)]*\)")


LINK = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+(?= && cd |/blob/[\w.-]+/CONTRIBUTING)")


def badge(cfg, notebook):
    "The Markdown of the badge for a notebook's file name."
    return f"[![Open In Colab]({IMAGE})]({colab_address(cfg, notebook)})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check, cfg = parser.parse_args().check, read_settings()
    for path in notebooks():
        nb = read_nb(path)
        text = [c for c in nb.cells if c.cell_type == "markdown"]
        if path.stem != "index" and not any(BADGE.search(c.source) for c in text): print(f"{path.name}: it has no Open-in-Colab badge")
        right = [LINK.sub(cfg["git_url"], BADGE.sub(badge(cfg, path.relative_to(ROOT/"nbs").as_posix()), c.source)) for c in text]
        if right == [c.source for c in text]: continue
        print(f"{path.name}: a badge or link names another address than settings.ini")
        if check: continue
        for c, source in zip(text, right, strict=True): c.source = source
        write_nb(nb, path)


if __name__ == "__main__": main()

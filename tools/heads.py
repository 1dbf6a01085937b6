"""Write what depends on settings.ini into each notebook: badge, install cell, links to the repository.

    python tools/heads.py            rewrite what differs
    python tools/heads.py --check    only name the notebooks that differ"""
import argparse
import re

from fastcore.nbio import read_nb, write_nb
from settings import ROOT, colab_address, notebooks, read_settings

IMAGE = "https://colab.research.google.com/assets/colab-badge.svg"
BADGE = re.compile(r"\[!\[Open In Colab\]\([^)]*\)\]\([^)]*\)")
LINK = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+(?= && cd |/blob/[\w.-]+/CONTRIBUTING|\n```)")
# the lines below, or older ones
INSTALLING = re.compile(r"import importlib.*?(?:carlearn\"\)|pip install [^\n]*\"\))(?=\n(?! )|\Z)", re.S)
INSTALL = '''\
import importlib, importlib.util, sys
if "google.colab" in sys.modules and not importlib.util.find_spec("carlearn"):
    get_ipython().run_line_magic("pip", "install -q {source}")
    importlib.invalidate_caches()
if not importlib.util.find_spec("carlearn"):
    raise ImportError("carlearn is not here; run: pip install {source}")'''


def badge(cfg, notebook):
    "The Markdown of the badge for a notebook's path below nbs/."
    return f"[![Open In Colab]({IMAGE})]({colab_address(cfg, notebook)})"


def right(cfg, path, cell):
    "What a cell's source should be."
    if cell.cell_type == "markdown":
        name = path.relative_to(ROOT/"nbs").as_posix()
        return LINK.sub(cfg["git_url"], BADGE.sub(badge(cfg, name), cell.source))
    if '"google.colab" in sys.modules' not in cell.source:
        return cell.source
    return INSTALLING.sub(lambda m: INSTALL.format(source=cfg["install_from"]), cell.source, count=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check, cfg = parser.parse_args().check, read_settings()
    for path in notebooks():
        nb = read_nb(path)
        if path.stem != "index" and not any(BADGE.search(c.source) for c in nb.cells):
            print(f"{path.name}: it has no Open-in-Colab badge")
        sources = [right(cfg, path, c) for c in nb.cells]
        if sources == [c.source for c in nb.cells]:
            continue
        print(f"{path.name}: a badge, install cell or link names another address than settings.ini")
        if check:
            continue
        for cell, source in zip(nb.cells, sources, strict=True):
            cell.source = source
        write_nb(nb, path)


if __name__ == "__main__":
    main()

"""Make README.md from nbs/index.ipynb: its Markdown cells, and its code cells with their text outputs.

    python tools/readme.py            write README.md
    python tools/readme.py --stdout   print it instead"""
import argparse
import re
import sys

from fastcore.nbio import read_nb
from settings import ROOT


def text_of(output):
    "The text that a code cell printed or returned."
    text = output.get("text") or output.get("data", {}).get("text/plain", "")
    return "".join(text)


def render(cell):
    "One cell as Markdown."
    source = "\n".join(line for line in cell.source.splitlines() if not line.startswith("#|"))
    if cell.cell_type != "code":
        return source
    if "#| hide" in cell.source:
        return ""
    printed = "".join(map(text_of, cell.get("outputs", [])))
    return f"```python\n{source}\n```" + (f"\n\n```text\n{printed.rstrip()}\n```" if printed else "")


def readme():
    "The text of README.md; links to notebooks become links into nbs/."
    body = "\n\n".join(filter(None, map(render, read_nb(ROOT/"nbs"/"index.ipynb").cells)))
    body = re.sub(r"\]\(([\w/]+\.ipynb)\)", r"](nbs/\1)", body)
    note = "<!-- Made from nbs/index.ipynb by tools/readme.py: edit that, then run make export. -->"
    return f"{note}\n\n{body}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stdout", action="store_true")
    if parser.parse_args().stdout:
        sys.stdout.write(readme())
    else:
        (ROOT/"README.md").write_text(readme(), encoding="utf-8")


if __name__ == "__main__":
    main()

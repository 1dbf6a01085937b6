"""Make README.md from nbs/index.ipynb: its Markdown cells, and its code cells with their outputs.

    python tools/readme.py            write README.md and its pictures
    python tools/readme.py --stdout   print it instead

A figure becomes a file in nbs/images/; of a cell that says `#| echo: false` only the outputs are shown."""
import argparse
import re
import sys
from base64 import b64decode

from fastcore.nbio import read_nb
from settings import ROOT


PICTURES = ROOT/"nbs"/"images"


def text_of(output):
    "The text that a code cell printed or returned; none of a figure."
    data = output.get("data", {})
    text = "" if "image/jpeg" in data else output.get("text") or data.get("text/plain", "")
    return "".join(text)


def figures(cells):
    "Each figure of the notebook: the name of its file, its words, its bytes."
    drawn = [o.data for cell in cells for o in cell.get("outputs", []) if "image/jpeg" in o.get("data", {})]
    for k, data in enumerate(drawn):
        yield f"index_{k}.jpg", "".join(data["text/plain"]), b64decode(data["image/jpeg"])


def shown(cell, named):
    "The outputs of a code cell as Markdown; `named` gives name, words and bytes of each figure in turn."
    printed = "".join(map(text_of, cell.outputs)).rstrip()
    text = f"```text\n{printed}\n```" if printed else ""
    drawn = [next(named) for o in cell.outputs if "image/jpeg" in o.get("data", {})]
    pictures = [f"![{words}](nbs/images/{name})" for name, words, _ in drawn]
    return "\n\n".join(filter(None, (text, *pictures)))


def render(cell, named):
    "One cell as Markdown."
    source = "\n".join(line for line in cell.source.splitlines() if not line.startswith("#|"))
    if cell.cell_type != "code":
        return source
    if "#| hide" in cell.source:
        return ""
    code = "" if "#| echo: false" in cell.source else f"```python\n{source}\n```"
    return "\n\n".join(filter(None, (code, shown(cell, named))))


def index(): return read_nb(ROOT/"nbs"/"index.ipynb").cells


def readme():
    "The text of README.md; links to notebooks become links into nbs/."
    cells = index()
    named = figures(cells)
    body = "\n\n".join(filter(None, (render(cell, named) for cell in cells)))
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
        PICTURES.mkdir(exist_ok=True)
        for name, _, data in figures(index()):
            (PICTURES/name).write_bytes(data)


if __name__ == "__main__":
    main()

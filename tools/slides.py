"""Slides for each week of the course, made of the lessons' own questions, figures and summaries.

    python tools/slides.py                  _slides/week_1.html … _slides/week_6.html (reveal.js)
    python tools/slides.py --week 3         one of them
    python tools/slides.py --reveal FOLDER  a copy of reveal.js beside the slides, in place of that on the web

Weeks, aims and lessons are those of course/syllabus.md. A figure of an executed lesson becomes two slides:
the question that stands before it, and the figure with what was printed and the first words of the answer.
Nothing is kept by hand: change the lesson, and make the slides anew."""
import argparse
import html
import re
from pathlib import Path

import nbformat
from alt_texts import LINK, ON_PAGES, QUESTION
from nbconvert import SlidesExporter
from settings import ROOT

WEEK = re.compile(r"^### (Week (\d+): [^\n]*)\n(.*?)(?=^##|\Z)", re.M | re.S)
LESSON = re.compile(r"student/(\d\d_\w+)\.ipynb")
HEADING = re.compile(r"^#{2,3} (.*)$", re.M)
MOST_LINES, WIDEST = 6, 100     # of what was printed, and characters of a line
FEWEST = 60        # characters of an answer


def weeks():
    "Number → title, aims (Markdown), paths of its lessons."
    text = (ROOT/"course"/"syllabus.md").read_text(encoding="utf-8")
    for name, number, body in WEEK.findall(text):
        aims = re.search(r"^At the end students can\n(.*?)(?=^\w)", body, re.M | re.S)[0].strip()
        yield int(number), name, aims, [ROOT/"nbs"/f"{stem}.ipynb" for stem in LESSON.findall(body)]


def slide(text, kind="slide"):
    "A Markdown cell that begins a slide, goes on below it (subslide), or appears on it (fragment)."
    cell = nbformat.v4.new_markdown_cell(LINK.sub(r"\1", text))
    cell.metadata["slideshow"] = {"slide_type": kind}
    return cell


def pictures(cell):
    "The figures of a code cell as HTML, each with its words (tools/alt_texts.py)."
    shown = [(kind, o.data[kind].strip(), html.escape(o.metadata.get(kind, {}).get("alt", "")))
             for o in cell.get("outputs", []) if "data" in o for kind in ON_PAGES if kind in o.data]
    return [f'<img src="data:{kind};base64,{data}" alt="{alt}">' for kind, data, alt in shown]


def printed(cell):
    "What a cell printed, if it is short."
    said = [o for o in cell.get("outputs", []) if o.output_type == "stream" and o.name == "stdout"]
    text = "".join(o.text for o in said)
    lines = text.rstrip().splitlines()
    short = 0 < len(lines) <= MOST_LINES and max(map(len, lines)) <= WIDEST
    return "```text\n" + "\n".join(lines) + "\n```" if short else ""


def section(text, name):
    "What stands below a heading of the second level, or nothing."
    found = re.search(rf"^## {name}\n(.*?)(?=^##? |\Z)", text, re.M | re.S)
    return found[1].strip() if found else ""


def answer(cells):
    "The first paragraph after a figure and before the next, if it is text and no new section."
    found = next((c for c in cells if c.cell_type == "markdown" or pictures(c)), None)
    first = found.source.strip().split("\n\n")[0] if found and found.cell_type == "markdown" else ""
    said = "" if first.startswith(("#", "|", "[", "-")) else QUESTION.sub("", first)
    return said if len(said) > FEWEST else ""


def lesson_slides(nb):
    "The slides of an executed lesson."
    text = "\n\n".join(c.source for c in nb.cells if c.cell_type == "markdown")
    yield slide(nb.cells[0].source)
    heading = question = ""
    for k, cell in enumerate(nb.cells):
        if cell.cell_type == "markdown":
            *above, below = HEADING.split(cell.source)
            heading, question = (above[-1], "") if above else (heading, question)
            question = [question, *QUESTION.findall(below)][-1]
        elif shown := pictures(cell):
            figure = "\n\n".join([*shown, printed(cell)])
            yield from figure_slides(heading, question, figure, answer(nb.cells[k + 1:]))
            question = ""
    yield slide(f"## Summary\n\n{section(text, 'Summary')}")


def figure_slides(heading, question, figure, said):
    "A question and the figure that answers it; the answer in words comes last."
    if question:
        yield slide(f"## {heading}\n\n{question}")
    yield slide(figure if question else f"## {heading}\n\n{figure}", "subslide" if question else "slide")
    if said:
        yield slide(said, "fragment")


def week_notebook(name, aims, paths):
    "The slides of a week as a notebook."
    cells = [slide(f"# {name}\n\n{aims}")]
    for path in paths:
        cells += lesson_slides(nbformat.read(path, 4))
    return nbformat.v4.new_notebook(cells=cells)


def as_page(nb, title, reveal=None):
    "A notebook of slides as HTML."
    options = {"reveal_url_prefix": reveal} if reveal else {}
    exporter = SlidesExporter(reveal_scroll=True, reveal_number="c/t", **options)
    return exporter.from_notebook_node(nb, {"metadata": {"name": title}})[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT/"_slides")
    parser.add_argument("--week", type=int)
    parser.add_argument("--reveal")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for number, name, aims, paths in weeks():
        if args.week in (None, number):
            nb = week_notebook(name, aims, paths)
            page = args.out/f"week_{number}.html"
            page.write_text(as_page(nb, name, args.reveal), encoding="utf-8")
            print(f"{page}: {len(nb.cells)} cells")


if __name__ == "__main__":
    main()

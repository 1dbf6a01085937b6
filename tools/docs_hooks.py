"Hooks for `make docs`: the address from settings.ini, no directives, nothing loaded from other hosts."
import html
import re
import sys
from pathlib import Path

from fastcore.nbio import read_nb
from latex2mathml.converter import convert
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parent))
from alt_texts import ON_PAGES, figures
from settings import notebooks, read_settings, title

SECURITY = "security.md"      # of the site
NBS = Path(__file__).resolve().parent.parent/"nbs"
PACKAGES = ("core", "annotations", "geometry", "scenes", "ssl", "alignment", "detection", "evaluation",
            "inspection", "course", "app", "fleet", "cli")   # in the order of the layers
REMOTE = re.compile(r'<script[^>]*src="https?://[^"]*"[^>]*>\s*</script>|'
                    r'<link[^>]*rel="(?:stylesheet|preconnect)"[^>]*href="https?://[^"]*"[^>]*>|'
                    r'<link[^>]*href="https?://[^"]*"[^>]*rel="(?:stylesheet|preconnect)"[^>]*>')
LAZY = re.compile(r'<script(?: type="module")?>(?:(?!</script>).)*import\("https?://(?:(?!</script>).)*</script>|'
                  r'<script src=""></script>|<script src=""> </script>', re.S)
VERBATIM = "pre|code|script|style|title|textarea"
KEPT = re.compile(rf'(<(?:{VERBATIM})\b.*?</(?:{VERBATIM})>|'
                  r'<div class="clipboard-copy-txt".*?</div>|<[^>]+>)', re.S)
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.S)
# as drawn, and as copied by the button
DIRECTIVE = re.compile(r'<span[^>]*class="c1"[^>]*>#\| [^<]*</span>\n?|(?<=>)#\| [^\n<]*\n?')

UNDESCRIBED = 'alt="No description has been provided for this image"'     # nbconvert, of every figure


def on_config(config):
    cfg = read_settings()
    config.repo_url, config.site_url = cfg["git_url"], cfg["doc_url"]
    config.site_description = cfg["description"]
    config.repo_name = f"{cfg['user']}/{cfg['repo']}"
    config.nav = [*navigation(), {"Security": SECURITY}]
    return config


def on_files(files, config):
    "The page on security is the file that stands where people look for it."
    files.append(File.generated(config, SECURITY, abs_src_path=str(NBS.parent/"SECURITY.md")))
    return files


def navigation():
    "The course, then the rooms of each package."
    course, rooms = [], {package: [] for package in PACKAGES}
    for path in notebooks():
        where = path.relative_to(NBS).as_posix()
        if path.parent != NBS:
            rooms[path.parent.name].append({title(path): where})
        elif path.stem != "index":
            course.append({f"{path.name[:2]} {title(path)}": where})
    packages = [{package: of_it} for package, of_it in rooms.items()]
    return [{"carlearn": "index.ipynb"}, {"The course": course}, {"The packages": packages}]


def mathml(match):
    "A formula between dollars as MathML, which browsers draw without a script."
    block, inline = match.groups()
    return convert(html.unescape(block or inline), display="block" if block else "inline")


def formulas(page):
    "The page with its formulas drawn; code, scripts and tags are left alone."
    parts = KEPT.split(page)
    return "".join(part if k % 2 else FORMULA.sub(mathml, part) for k, part in enumerate(parts))


def described(page, path):
    "The page of a notebook with the words of its figures, which nbconvert's template leaves out."
    nb = read_nb(path)
    told = iter([o["metadata"][kind]["alt"] for *_, o, kind in figures(nb) if kind in ON_PAGES])
    return re.sub(UNDESCRIBED, lambda match: f'alt="{html.escape(next(told))}"', page)


def on_post_page(output, page, config):
    if page.file.src_uri.endswith(".ipynb"):
        output = described(output, page.file.abs_src_path)
    return formulas(DIRECTIVE.sub("", LAZY.sub("", REMOTE.sub("", output))))

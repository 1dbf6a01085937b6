"The documentation site builds without warnings and loads nothing from other hosts."
import os
import re
import subprocess
import sys


def test_site(root, tmp_path):
    site = tmp_path/"site"
    done = subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(site)], cwd=root,
                          env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True)
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    pages = list(site.rglob("*.html"))
    made = {p.relative_to(site).with_suffix("").as_posix() for p in pages}
    assert made >= {p.relative_to(root/"nbs").with_suffix("").as_posix() for p in (root/"nbs").rglob("*.ipynb")}
    remote = re.compile(r"<(?:script|iframe)[^>]*src=[\"']?https?:|<link[^>]*rel=[\"']?(?:stylesheet|preconnect)[^>]*href=[\"']?https?:|@import\s+(?:url\()?[\"']?https?:")
    assert "<math" in (site/"08_scenes.html").read_text(encoding="utf-8")
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not remote.search(text), f"{page.name} loads {remote.search(text)[0]}"
        assert not re.search(r"import\([\"']?https?:", text), f"{page.name} imports a script from another host"
        assert "#| export" not in text, f"{page.name} shows a directive"

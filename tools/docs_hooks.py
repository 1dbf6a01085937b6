"Hooks for `make docs`: the address from settings.ini, pages without directives, nothing loaded from other hosts."
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from settings import read_settings

REMOTE = re.compile(r'<script[^>]*src="https?://[^"]*"[^>]*>\s*</script>|<link[^>]*rel="(?:stylesheet|preconnect)"[^>]*href="https?://[^"]*"[^>]*>|<link[^>]*href="https?://[^"]*"[^>]*rel="(?:stylesheet|preconnect)"[^>]*>')
DIRECTIVE = re.compile(r'<span[^>]*class="c1"[^>]*>#\| [^<]*</span>\n?|(?<=>)#\| [^\n<]*\n?')   # as drawn, and as copied by the button


def on_config(config):
    cfg = read_settings()
    config.repo_url, config.site_url, config.site_description = cfg["git_url"], cfg["doc_url"], cfg["description"]
    config.repo_name = f"{cfg['user']}/{cfg['repo']}"
    return config


def on_post_page(output, page, config):
    return DIRECTIVE.sub("", REMOTE.sub("", output))

"Shared by the tests: the project's root and settings."
import os
from configparser import ConfigParser
from pathlib import Path

import pytest

os.environ.setdefault("MPLBACKEND", "agg")
ROOT = Path(__file__).resolve().parent.parent


def read_settings():
    parser = ConfigParser()
    parser.read(ROOT/"settings.ini", encoding="utf-8")
    return parser["DEFAULT"]


@pytest.fixture
def root(): return ROOT


@pytest.fixture
def settings(): return read_settings()

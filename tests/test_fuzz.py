"Odd input of every kind: a few in each run, hundreds with the slow cells, more with tools/fuzz.py."
import os

import pytest
from fuzz import SHARES, run

INPUTS = 500 if "slow" in os.environ.get("FLAGS", "") else 60


@pytest.mark.parametrize("kind", SHARES)
def test_odd_input_is_read_or_refused_in_a_sentence(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ((_, tried, _, finding),) = run(INPUTS, 0, only=[kind])
    if finding:
        raise finding
    assert tried >= 2

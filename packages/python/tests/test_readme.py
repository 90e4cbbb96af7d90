"""The code of the README, run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_there_is_code():
    assert len(BLOCKS) >= 7


@pytest.mark.parametrize("code", BLOCKS, ids=range(len(BLOCKS)))
def test_code_of_the_readme(code, pytester):
    for library in ("paho.mqtt.client", "aiomqtt"):
        if f"import {library.split('.')[0]}" in code or f"from {library.split('.')[0]}" in code:
            pytest.importorskip(library)
    if "def test_" in code:
        pytester.makepyfile(test_it=code)
        pytester.runpytest_subprocess().assert_outcomes(passed=1)
    elif "factories" in code:
        pytester.makeconftest(code)
        pytester.makepyfile("def test_it(small): assert small.port")
        pytester.runpytest_subprocess().assert_outcomes(passed=1)
    else:
        path = pytester.makepyfile(it=code)
        done = pytester.runpython(path)
        assert done.ret == 0, done.stderr.str()


def test_every_call_is_in_the_readme():
    from citronella import Broker

    text = README.read_text(encoding="utf-8")
    calls = [name for name in vars(Broker) if not name.startswith("_")]
    for base in Broker.__mro__[1:-1]:
        calls += [name for name in vars(base) if not name.startswith("_")]
    assert [name for name in calls if not re.search(rf"\b{name}\b", text)] == []

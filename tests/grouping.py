"""Which tests stay together where pytest-xdist shares them out (scripts/test): by file, and all that needs an
Elasticsearch in one process, so that one node starts.

A scheduler of our own, for the marks of `--dist loadgroup` have no effect with pytest 9.2 (pytest-xdist 3.8).
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[1]
NODE = re.compile(r"\b(elasticsearch_url|new_node)\b")
"""The fixtures of a node; a file that uses one names it, or its folder's conftest.py does."""
FIRST = ("elasticsearch", "tests/acceptance/", "tests/crawl/")
"""Groups to begin with, by the start of their names: the long ones, so that the processes end together."""


@cache
def group_of(path: str) -> str:
    """The group of a file's tests."""
    file = ROOT / path
    texts = [file.read_text("utf-8")]
    if file.with_name("conftest.py").exists() and file.parent != ROOT / "tests":
        texts.append(file.with_name("conftest.py").read_text("utf-8"))
    return "elasticsearch" if any(NODE.search(text) for text in texts) else path


def turn(item: pytest.Item) -> int:
    """The place of an item's group in the order of the run."""
    name = group_of(item.nodeid.partition("::")[0])
    return next((turn for turn, start in enumerate(FIRST) if name.startswith(start)), len(FIRST))


class Groups(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a process one group after the other."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0])


def scheduler(config: pytest.Config, log: Any) -> Groups:
    """For the hook `pytest_xdist_make_scheduler`."""
    config.option.loadscopereorder = False  # `turn` is the order
    return Groups(config, log)

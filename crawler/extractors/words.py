"""The word lists of `words.yml` as compiled patterns, all languages together."""

import re
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

_unspaced = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]$")


def load_yaml(text: str) -> Any:
    """As `yaml.safe_load`, by libyaml where PyYAML has it: a tenth of the time."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (both are safe)


@lru_cache(maxsize=1)
def by_language() -> dict[str, dict[str, list[str]]]:
    """The lists as written: language -> kind -> words."""
    text = files("crawler.extractors").joinpath("words.yml").read_text("utf-8")
    lists: dict[str, dict[str, list[Any]]] = load_yaml(text)
    return {
        language: {kind: [str(word) for word in words] for kind, words in kinds.items()}
        for language, kinds in lists.items()
    }


@lru_cache(maxsize=32)
def alternatives(*kinds: str) -> str:
    """One group that matches any word of these kinds in any language, longest first, as a whole word."""
    found = {word for lists in by_language().values() for kind in kinds for word in lists.get(kind, ())}
    return (
        "(?:" + "|".join(_bounded(word) for word in sorted(found, key=lambda word: (-len(word), word))) + ")"
    )


def _bounded(word: str) -> str:
    """The word, not going on in a letter: but Chinese, Japanese and Thai put no space after it."""
    escaped = re.escape(word).replace(r"\ ", r"\s+")
    return escaped if _unspaced.search(word) or not word[-1].isalnum() else escaped + r"(?!\w)"


@lru_cache(maxsize=32)
def starting(*kinds: str) -> re.Pattern[str]:
    """Matches a lower-case line that starts with a word of these kinds, after any marks."""
    return re.compile(rf"^\W*{alternatives(*kinds)}")


@lru_cache(maxsize=32)
def containing(*kinds: str) -> re.Pattern[str]:
    """Finds a word of these kinds in a lower-case text, at a word's start."""
    return re.compile(rf"(?<!\w){alternatives(*kinds)}")

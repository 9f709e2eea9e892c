"""Persons' names out of bylines: "By Ann Lee and Bo Rey, Business Reporter" -> Ann Lee, Bo Rey.

Desks, accounts, outlets and agencies sign articles but are no persons; an agency is the article's credit.
"""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from importlib.resources import files

from crawler.extractors.captions import AGENCIES
from crawler.extractors.folding import collapse, fold
from crawler.extractors.words import load_yaml

LONGEST = 60
"""Characters of a name; anything longer is a sentence."""

_dash = re.compile(r"\s+[-–—/]\s+|\s*[|·•｜]\s*")
_brackets = re.compile(r"[(（【\[][^)）】\]]*[)）】\]]")
_comma = re.compile(r"\s*[;,、，]\s*|\s*[/／∕]\s*(?=[^\W\d_]{2})")
_no_name = re.compile(
    r"https?:|www\.|@|^\W*$|\.(?:com|org|net|de|ru|at|ch|tv)\b|\d{3}|[:：=<>{}!?]", re.IGNORECASE
)
_east = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)  # no spaces between words, or a role behind the name
_korean_role = re.compile(r"\s+(?:기자|특파원|선임기자|인턴기자|논설위원)(?:\s.*)?$")
_chinese_role = re.compile(
    r"^[〔【\[(（]?(?:本報)?(?:記者|记者|作者|特派員)\s*[:：]?\s*|(?:記者|记者|報導|报道)$"
)
_outlet_of_the_east = re.compile(
    r"(?:報|报|报道|网|網|社|新聞|新闻|电视台|電視台|통신|신문|뉴스|일보)(?:Web)?$"
)
_title = re.compile(r"(?:,\s*)?\b(?:ph\.?\s?d|m\.?d|m\.?a|rd|esq)\.?$", re.IGNORECASE)


@lru_cache(maxsize=1)
def word_lists() -> dict[str, list[str]]:
    """The lists of bylines.yml, longest words first."""
    text = files("crawler.extractors").joinpath("bylines.yml").read_text("utf-8")
    lists: dict[str, list[str]] = load_yaml(text)
    return {
        kind: sorted({str(word) for word in words}, key=lambda w: (-len(w), w))
        for kind, words in lists.items()
    }


def _any_of(kind: str) -> str:
    return "(?:" + "|".join(re.escape(word) for word in word_lists()[kind]) + ")"


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    before, labels, joins = map(_any_of, ("before", "labels", "joins"))
    return {
        "before": re.compile(rf"^(?:{before}(?:\s*[:：]\s*|\s+)|{labels}\s*[:：]\s*)(?=\S)", re.IGNORECASE),
        "join": re.compile(rf"\s+{joins}\s+", re.IGNORECASE),
        "role": re.compile(rf"(?<!\w){_any_of('roles')}(?!\w)", re.IGNORECASE),
    }


def person_names(values: Iterable[str], outlets: Collection[str] = ()) -> list[str]:
    """Persons one by one, without what stands before and behind them; `outlets` (folded) are none."""
    names: dict[str, str] = {}
    for value in values:
        if "://" in value or "www." in value:
            continue
        for part in _comma.split(_without_label(_brackets.sub(" ", collapse(value)))):
            for name in _joined(_dash.split(part)[0]):
                person = _cleaned(name)
                if is_person(person, outlets):
                    names.setdefault(fold(person), person)
    found = list(names.values())
    named = [name for name in found if not name[0].islower()]  # "..., g-news North" behind a name is a place
    return named or found


def agency(values: Iterable[str]) -> str:
    """The first news agency among signatures; "" without one."""
    for value in values:
        for part in re.split(r"\s*[;,/()|]\s*|\s+(?:et|und|and|y|/|with|mit)\s+", collapse(value)):
            if fold(part) in _folded("wires"):
                return part
    return ""


def is_person(name: str, outlets: Collection[str] = ()) -> bool:
    """Whether a cleaned part of a byline can be a person's name or pen name."""
    folded = fold(name)
    if (
        not folded
        or len(name) > LONGEST
        or _no_name.search(name)
        or folded in _folded("wires")
        or folded in outlets
    ):
        return False
    if folded.replace(" ", "") in outlets or folded in _folded("desks") or name in AGENCIES:
        return False
    if any(folded.startswith(outlet + " ") for outlet in outlets):
        return False  # an outlet's desk: "MDR Thüringen"
    if _east.search(name):
        return not _outlet_of_the_east.search(name)
    return not _signs_for_nobody(name, folded.split())


def _signs_for_nobody(name: str, words: list[str]) -> bool:
    """Whether a desk's word or a role is in it: "Redazione Cronaca", "Business Reporter"."""
    told = {words[0], words[-1], *(word for word in words if len(word) > 6)}
    return not told.isdisjoint(_folded("desks")) or bool(_patterns()["role"].search(name))


@lru_cache(maxsize=4)
def _folded(kind: str) -> frozenset[str]:
    return frozenset(map(fold, word_lists()[kind]))


def _without_label(text: str) -> str:
    """A text without "By"; "Di Marzio" keeps its first word."""
    found = _patterns()["before"].match(text)
    rest = text[found.end() :] if found else text
    if found and found.end() <= 4 and ":" not in found.group() and " " not in rest:
        rest = text
    return rest.strip(" .,:")


def _joined(text: str) -> list[str]:
    """Names joined by a word; by one of a letter ("e", "y") only if both sides have two words, as it may be
    part of one name."""
    parts = _patterns()["join"].split(text)
    if len(parts) == 1:
        return parts
    joins = [found.group().strip() for found in _patterns()["join"].finditer(text)]
    short = any(len(join) == 1 and join != "&" for join in joins)
    return [text] if short and any(len(part.split()) < 2 for part in parts) else parts


def _cleaned(name: str) -> str:
    name = _korean_role.sub("", _chinese_role.sub("", name.strip(" .,:*–—-"))).strip()
    return _title.sub("", _without_label(name)).strip(" ,:")

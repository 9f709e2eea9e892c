"""How alike two articles are, and by what: the relation of an article to a seed.

In one language the score is the cosine of the stems plus 0.3 of the cosine of the bridge (countries, names,
words by their sound, numbers), in two languages the cosine of the bridge alone; times a factor that fades
with the days between. How good that is, and what was tried: docs/decisions/0004-relatedness.md.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Literal

from archive.article import Relation
from pipelines.text.announcement import rank_announcement
from pipelines.text.names import sounds
from pipelines.text.profile import Profile, date_factor, days_between, profile
from pipelines.text.terms import words

__all__ = ["Profile", "compare", "profile", "rank_announcement", "search_words"]

Kind = Literal["same-language", "other-language"]

BRIDGE_WEIGHT = 0.3
"""Weight of the bridge in one language. Dev nDCG@10 is .923 with 0 and .3, .919 with .5, .913 with 1, and
pair F1 .76 with each: it is there for pairs that tell one event in different words. Re-run
benchmarks/relatedness.py."""

THRESHOLDS: dict[Kind, float] = {"same-language": 0.16, "other-language": 0.12}
"""Score from which on two articles are related. On dev pairs graded "the same story" F1 is .75 to .76 for
every threshold from .16 to .26, and .74 to .75 from .10 to .14; the lower ones miss less, and people
read by rank."""

PLAIN_SHARE = 0.8
"""How much of the words that are no names counts in the length of the bridge between two scripts with
capitals (Latin and Cyrillic): fewer of them sound alike. Beside a script without capitals they do not
count at all."""

COUNTRY_IS_WORTH = 0.05
"""Most that one shared country brings to the cosine of the bridge: two alone (.10) stay below the
threshold. Without it news of two small countries about two matters reached .6 where little else is heard
(Arabic, Korean); dev nDCG@10 across languages .765 without, .767 with .05, .761 with .03."""

EVIDENCE_LIMIT = 8
"""Most entries of each kind of evidence."""


def compare(seed: Profile, other: Profile, *, seed_id: str) -> Relation:
    """The relation of the other article to the seed. The score is symmetric; the evidence is in the other's
    words."""
    kind: Kind = "same-language" if seed.language and seed.language == other.language else "other-language"
    terms = _products(seed.terms, other.terms) if kind == "same-language" else {}
    bridge = _products(seed.bridge, other.bridge)
    score = _bridge_cosine(bridge, _length(seed, other, kind) * _length(other, seed, kind))
    if kind == "same-language":
        score = sum(terms.values()) + BRIDGE_WEIGHT * score
    days = days_between(seed.date, other.date)
    score *= date_factor(days)
    rank = score / THRESHOLDS[kind]
    return Relation(
        seed=seed_id,
        score=round(score, 6),
        rank=round(rank, 6),
        kind=kind,
        related=rank >= 1.0,
        days_apart=None if days is None else round(days, 2),
        evidence=_evidence(seed, other, bridge, terms),
    )


def search_words(seed: Profile, n: int) -> list[str]:
    """Up to n of the seed's most telling words in its own spelling: names, then countries, then other
    words."""
    named = {token: seed.bridge[token] for token in seed.named if token.startswith("n:")}
    names = sorted(_strongest(named), key=lambda token: " " not in seed.spelling[token])  # whole names first
    countries = {token: weight for token, weight in seed.bridge.items() if token.startswith("cc:")}
    ordered = [*names, *_strongest(countries), *_strongest(seed.terms)]
    return _distinct((seed.spelling[token] for token in ordered), n)


def _products(one: Mapping[str, float], two: Mapping[str, float]) -> dict[str, float]:
    if len(two) < len(one):
        one, two = two, one
    return {token: weight * two[token] for token, weight in one.items() if token in two}


def _bridge_cosine(products: Mapping[str, float], length: float) -> float:
    if not length:
        return 0.0
    countries = [product for token, product in products.items() if token.startswith("cc:")]
    rest = sum(products.values()) - sum(countries)
    return rest / length + min(sum(countries) / length, COUNTRY_IS_WORTH * len(countries))


def _length(one: Profile, two: Profile, kind: Kind) -> float:
    """Length of the first text's bridge, as far as the second could hold it."""
    if kind == "same-language" or one.script == two.script == "latin":
        return math.sqrt(one.sure_square + one.unsure_square + one.plain_square)
    plain = 0.0 if "uncased" in (one.script, two.script) else PLAIN_SHARE * one.plain_square
    return math.sqrt(one.core_square + plain)


def _evidence(
    seed: Profile, other: Profile, bridge: Mapping[str, float], terms: Mapping[str, float]
) -> dict[str, list[str]]:
    """What both have, by kind, strongest first, in the other article's spelling."""
    named = other.named if other.script != "uncased" else other.named | seed.named
    names: list[str] = []
    heard: list[str] = []
    for token in _strongest(bridge):
        if token.startswith("n:"):
            (names if token in named else heard).append(other.spelling[token])
        elif token.startswith("c:") and token in named and seed.script != other.script and len(token) > 5:
            names.append(other.spelling[token])
    found = {
        "names": _distinct(names),
        "places": _distinct(other.spelling[token] for token in _strongest(bridge) if token.startswith("cc:")),
        "numbers": _distinct(other.spelling[token] for token in _strongest(bridge) if token.startswith("#")),
    }
    told = {sounds(word) for name in found["names"] for word in words(name)} - {""}
    shared = [other.spelling[token] for token in _telling(terms)] if terms else heard
    found["words"] = _distinct(
        word for word in shared if word not in other.place_words and sounds(word) not in told
    )
    return found


def _strongest(weights: Mapping[str, float]) -> list[str]:
    return sorted(weights, key=lambda token: (-weights[token], token))


def _telling(products: Mapping[str, float]) -> list[str]:
    """Those that bring a fifth of what the strongest brings: not "the"."""
    least = max(products.values(), default=0.0) / 5
    return [token for token in _strongest(products) if products[token] >= least]


def _distinct(spellings: Iterable[str], limit: int = EVIDENCE_LIMIT) -> list[str]:
    first: dict[str, str] = {}
    for spelling in spellings:
        first.setdefault(spelling.casefold(), spelling)
    return list(first.values())[:limit]

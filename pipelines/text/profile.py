"""What two texts are compared by: computed once for each text."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipelines.text import places
from pipelines.text.frequency import rarity, term_rarity, word_rarity
from pipelines.text.names import Name, consonants, has_capitals, has_vowels, names, sounds
from pipelines.text.terms import UNSPACED, WordSpan, fold, normalised, primary, stems, word_spans, words

LONGEST_TEXT = 20_000
"""Characters of a text that are looked at: a bound on time. The 99th percentile of news texts is about
12,000."""

LONGEST_WORD = 60
"""Letters. Longer ones are no words but data in the text; they would fill the caches."""

HEADLINE_COUNTS = 3
"""Times that a word of the headline counts. Dev nDCG@10 of stems: 1 .914, 2 .922, 3 .923, 4 .923."""

SCRIPT_WORDS = 100
"""Words that tell the script of a text."""

WORD_WEIGHT = 0.6
"""Weight in the bridge of a word that is no name, by its sound; a name has 1. Dev nDCG@10 across languages:
0 .677, .3 .719, .6 .751, 1 .739 (benchmarks/relatedness.py)."""

CONSONANTS_WEIGHT = 0.5
"""Weight of a name's consonants, half of it if they are only three. 0 .592, .3 .658, .5 .677, .7 as .5."""

UNSURE_SHARE = 0.3
"""How much of the words that may be names counts beside a text in another script: few of them are heard
there. .2 to 1 are within .01 nDCG@10."""

NAMES_SQUARE = 7.0
"""Sum of squares that names bring for each word of a text with capitals (5.5 on short news, 7.5 on NTREX).

A text of a script without capitals is taken to hold names of that weight: half, by a geometric mean with
what could be heard. Without it Arabic and Japanese texts, of which little but countries is heard, score too
high, and Korean ones, where every word may be a name, too low. Mean score of translations from German
(NTREX): ko .35, ja .25, ar .13 beside fr .45, ru .38; without it .12, .16, .10; 1 % of other texts reach
.13, .06, .07, .13, .15.
"""

PLACE_TERM = 0.5
"""Weight of a country's or capital's name among the stems. Dev nDCG@10: 1 .926, .7 .924, .5 .923, 0 .921;
pair F1 is the same. With 1 a football match of the same two countries reaches .37, with .5 .12."""

FADING_DAYS = 60.0
"""Days of the date factor .5 + .5 exp(-days / 60). Dev nDCG@10 of stems: none .918, with it .923. A hard
decay loses: exp(-days / 7) .08 in earlier trials, because stories go on and follow-ups count."""

_NUMBER = re.compile(r"(?:\d{1,3}(?:[., ]\d{3})+|\d+)(?:[.,]\d+)?(?!\d)")
_THOUSANDS = re.compile(r"[., ](?=\d{3}(?!\d))")
_NUMBER_WEIGHTS = {1: 0.0, 2: 2.0, 3: 3.5}
_YEAR = re.compile("(?:19|20)\\d\\d")


@dataclass(frozen=True, slots=True)
class Profile:
    """The words of a text with their weights."""

    language: str
    """Primary language code; "" where unknown."""
    date: datetime | None
    """Aware, or None where unknown."""
    terms: dict[str, float]
    """Stems (`terms.stems`) by weight: of length 1 as a vector."""
    bridge: dict[str, float]
    """What compares across languages, by weight: "cc:KP" a country, "n:putin" a word by its sound, "c:BDN" a
    name by its consonants, "#2397" a number."""
    sure_square: float
    """Sum of squares of the bridge's weights: of countries, numbers and sure names,"""
    unsure_square: float
    """of words that may be names,"""
    plain_square: float
    """and of other words."""
    core_square: float
    """What the sum of squares without plain words is taken for beside a text in another script."""
    script: str
    """"latin", "cased" (another script with capitals) or "uncased": which texts' words sound alike."""
    spelling: dict[str, str]
    """The text's own spelling of each term and each part of the bridge."""
    named: frozenset[str]
    """The parts of the bridge that are surely names."""
    place_words: frozenset[str]
    """The words that name countries and capitals."""


def profile(*, headline: str, text: str, language: str, date: datetime | None) -> Profile:
    """The profile of an article; `language` is BCP 47 or "und", `date` its publication (aware)."""
    code = primary(language)
    code = "" if code == "und" else code
    title = normalised(headline)
    whole = f"{title}\n\n{normalised(text[:LONGEST_TEXT])}"
    spans = [span for span in word_spans(whole) if len(span[0]) <= LONGEST_WORD or UNSPACED.match(span[0])]
    bridge = _Bridge(code)
    bridge.add(whole, spans)
    terms, spelling = _terms(Counter(word for word, _, _ in spans), words(title), code, bridge.in_places)
    weights = bridge.weights()
    squares = {"sure": 0.0, "unsure": 0.0, "plain": 0.0}
    for token, weight in weights.items():
        squares[bridge.sort_of(token)] += weight * weight
    script = _script(spans)
    return Profile(
        language=code,
        date=date,
        terms=terms,
        bridge=weights,
        sure_square=squares["sure"],
        unsure_square=squares["unsure"],
        plain_square=squares["plain"],
        core_square=_core_square(weights, squares, spans, script),
        script=script,
        spelling=spelling | bridge.spelling,
        named=frozenset(bridge.named),
        place_words=frozenset(bridge.in_places),
    )


def days_between(one: datetime | None, two: datetime | None) -> float | None:
    """Days between two aware times; None where one is unknown."""
    return None if one is None or two is None else abs((one - two).total_seconds()) / 86400


def date_factor(days: float | None) -> float:
    """What a distance in time leaves of a score: 1 for the same time or an unknown one, falling to one
    half."""
    return 1.0 if days is None else 0.5 + 0.5 * math.exp(-days / FADING_DAYS)


def _terms(
    counted: Counter[str], title: list[str], language: str, in_places: set[str]
) -> tuple[dict[str, float], dict[str, str]]:
    """Stems by weight, as a vector of length 1, and the spelling of each."""
    for word in title:
        counted[word] += HEADLINE_COUNTS - 1
    counts: Counter[str] = Counter()
    spelling: dict[str, str] = {}
    for term, word in stems(counted, language):
        counts[term] += counted[word]
        spelling.setdefault(term, term if UNSPACED.match(term) else word)
    rare = term_rarity(language)
    weights = {term: (1 + math.log(count)) * rare[term] for term, count in counts.items()}
    for term in {term for term, _ in stems(in_places, language)} & weights.keys():
        weights[term] *= PLACE_TERM
    length = _length(weights) or 1.0
    return {term: weight / length for term, weight in weights.items() if weight}, spelling


class _Bridge:
    """Collects what compares across languages."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.counts: Counter[str] = Counter()
        self.weight: dict[str, float] = {}
        self.spelling: dict[str, str] = {}
        self.named: set[str] = set()
        self.plain: set[str] = set()
        self.in_places: set[str] = set()

    def add(self, text: str, spans: Sequence[WordSpan]) -> None:
        """Collect from a text and its words."""
        spellings = [word for word, _, _ in spans]
        in_places = self.in_places = self._add_places(text, spellings)
        self._add_names(names(text, spans, self.language, in_places))
        named = set(self.weight)
        rare = word_rarity(self.language)
        for word, times in Counter(spellings).items():
            if word not in in_places and has_capitals(word) and (weight := rare[word.casefold()]):
                self._add_word(word, times, weight)
        self.plain = self.weight.keys() - named
        for found in _NUMBER.finditer(text):
            number = plain_number(found.group())
            self._count(f"#{number}", _number_weight(number), found.group())

    def _add_places(self, text: str, spellings: Sequence[str]) -> set[str]:
        in_places: set[str] = set()
        spelled: dict[str, Counter[str]] = {}
        for place in places.places(spellings, self.language):
            token = f"cc:{place.code}"
            self._count(token, rarity(places.frequency(place.code)), place.spelling)
            spelled.setdefault(token, Counter())[place.spelling] += 1
            in_places.update(words(place.spelling))
        for token, counted in spelled.items():
            self.spelling[token] = _as_written(counted.most_common(1)[0][0], text)
        return in_places

    def _add_names(self, found: Iterator[Name]) -> None:
        rare = word_rarity(self.language)
        for name in found:
            weight = rare[name.word.casefold()]
            if not weight:
                continue
            by_consonants, by_sound = consonants(name.word), sounds(name.word)
            if by_consonants:
                token = f"c:{by_consonants}"
                self.counts[token] += name.times
                share = CONSONANTS_WEIGHT * (0.5 if len(by_consonants) == 3 else 1.0)
                self._weigh(token, share * weight, name.spelling, sure=name.sure)
            if by_sound and not name.joined and has_vowels(name.word):
                token = f"n:{by_sound}"
                self._weigh(token, weight, name.spelling, sure=name.sure)
                if not has_capitals(name.word):  # those with capitals are counted with all words
                    self.counts[token] += name.times

    def sort_of(self, token: str) -> str:
        """How sure it is that the token is a name."""
        if token in self.plain:
            return "plain"
        return "sure" if token in self.named or token.startswith(("cc:", "#")) else "unsure"

    def _add_word(self, word: str, times: int, weight: float) -> None:
        by_sound = sounds(word)
        token = f"n:{by_sound}"
        if len(by_sound) > 3:
            self._weigh(token, WORD_WEIGHT * weight, word, sure=False)
        if token in self.weight:
            self.counts[token] += times

    def _count(self, token: str, weight: float, spelling: str) -> None:
        self.counts[token] += 1
        self._weigh(token, weight, spelling, sure=False)

    def _weigh(self, token: str, weight: float, spelling: str, *, sure: bool) -> None:
        self.weight[token] = max(self.weight.get(token, 0.0), weight)
        if token not in self.spelling or (sure and len(spelling) > len(self.spelling[token])):
            self.spelling[token] = spelling
        if sure:
            self.named.add(token)

    def weights(self) -> dict[str, float]:
        return {
            token: (1 + math.log(self.counts[token] or 1)) * weight
            for token, weight in self.weight.items()
            if weight
        }


def _script(spans: Sequence[WordSpan]) -> str:
    scripts = Counter(
        ("latin" if fold(word[0]).isascii() else "cased") if has_capitals(word) else "uncased"
        for word, _, _ in spans[:SCRIPT_WORDS]
        if not word[0].isdigit()
    )
    return max(scripts, key=scripts.__getitem__, default="uncased")


def _core_square(
    weights: dict[str, float], squares: dict[str, float], spans: Sequence[WordSpan], script: str
) -> float:
    heard = squares["sure"] + UNSURE_SHARE * squares["unsure"]
    if script != "uncased":
        return heard
    size = sum(len(word) / 2 if UNSPACED.match(word) else 1.0 for word, _, _ in spans)
    expected = NAMES_SQUARE * size + sum(
        weight**2 for token, weight in weights.items() if token.startswith(("cc:", "#"))
    )
    return math.sqrt(heard * expected)


def _as_written(spelling: str, text: str) -> str:
    """The words with the hyphens of the text between them."""
    if " " not in spelling:
        return spelling
    found = re.search(r"\W{1,3}".join(map(re.escape, spelling.split())), text)
    return found.group() if found else spelling


def plain_number(number: str) -> str:
    """The number without marks between thousands, with a decimal point: "1.500.000", "2,5" are 1500000,
    2.5."""
    return _THOUSANDS.sub("", number).replace(",", ".")


def _number_weight(number: str) -> float:
    return 1.0 if _YEAR.fullmatch(number) else _NUMBER_WEIGHTS.get(len(number), 5.0)


def _length(weights: dict[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights.values()))

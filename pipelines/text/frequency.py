"""How rare a word is: from wordfreq's fixed word lists, never from the archive.

So a score says the same on an empty archive and on a full one. wordfreq's code is under Apache-2.0, its lists
under CC BY-SA 4.0: they are read from the installed package, nothing of them is kept here. Its small lists
(20,000 to 60,000 words a language) do: they load in 0.1 to 0.25 s on first use and take some 6 MB a language.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from pipelines.text.terms import pairs, stems

DOCUMENT_WORDS = 100
"""Words of the document of the model: it holds a word of frequency f with probability 1 - exp(-words x f).

Lower spreads the weights of common words. Dev nDCG@10 of stems alone: 30 .924, 50 .922, 100 .923, 400 .914,
2000 .899; document frequencies counted on the dev texts themselves give .923. Re-run
benchmarks/relatedness.py.
"""

UNKNOWN_FREQUENCY = 3e-7
"""Share of all words that an unlisted word has: a third of the rarest listed (1e-6). 1e-6 and 1e-7 are as
good."""

LANGUAGES_KEPT = 32
"""Languages whose lists a process keeps at once; a crawl in more reads lists again and again."""

_LISTED_AS = {"no": "nb", "nn": "nb", "hr": "sh", "sr": "sh", "bs": "sh", "tl": "fil"}
_BY_PAIRS = frozenset({"ja", "ko", "zh"})


def rarity(frequency: float) -> float:
    """Weight of a word with this share of all words: -ln of the probability that a document holds it, 0 to
    10.4."""
    expected = DOCUMENT_WORDS * max(frequency, UNKNOWN_FREQUENCY)
    return -math.log(-math.expm1(-expected)) if expected < 30 else 0.0


class Rarity:
    """Rarity by word or term of one language; an unlisted one is as rare as can be."""

    def __init__(self, frequencies: Mapping[str, float]) -> None:
        weigh = lru_cache(maxsize=None)(lambda share: round(rarity(share), 3))  # few values, shared: memory
        self._weights: dict[str, float] = {term: weigh(share) for term, share in frequencies.items()}
        self._unlisted = rarity(0.0)

    def __getitem__(self, term: str) -> float:
        return self._weights.get(term, self._unlisted)

    def __contains__(self, term: str) -> bool:
        return term in self._weights


class PairRarity(Rarity):
    """Rarity of pairs of letters; a pair across words is as frequent as its letters are at their ends."""

    def __init__(self, frequencies: Mapping[str, float]) -> None:
        within: dict[str, float] = defaultdict(float)
        self._first: dict[str, float] = defaultdict(float)
        self._last: dict[str, float] = defaultdict(float)
        for word, share in frequencies.items():
            for pair in pairs(word):
                within[pair] += share
            self._first[word[0]] += share
            self._last[word[-1]] += share
        self._within = dict(within)
        super().__init__({})

    def __getitem__(self, term: str) -> float:
        across = self._last.get(term[0], 0.0) * self._first.get(term[-1], 0.0) if len(term) == 2 else 0.0
        return rarity(self._within.get(term, 0.0) + across)

    def __contains__(self, term: str) -> bool:
        return term in self._within


@lru_cache(maxsize=LANGUAGES_KEPT)
def word_rarity(language: str) -> Rarity:
    """Rarity of the words of a primary language (`terms.primary`), by their folded case."""
    return Rarity(_listed(language))


@lru_cache(maxsize=LANGUAGES_KEPT)
def term_rarity(language: str) -> Rarity:
    """Rarity of its terms (`terms.stems`): the shares of all words with this stem, added up."""
    listed = _listed(language)
    if language in _BY_PAIRS:
        return PairRarity(listed)
    by_term: dict[str, float] = defaultdict(float)
    for term, word in stems(listed, language):
        by_term[term] += listed[word]
    return Rarity(by_term)


def _listed(language: str) -> Mapping[str, float]:
    import wordfreq  # 0.15 s: only where texts are compared

    name = _LISTED_AS.get(language, language)
    if not name or name not in wordfreq.available_languages("small"):
        return {}
    shares: Mapping[str, float] = wordfreq.get_frequency_dict(name, "small")
    wordfreq.get_frequency_dict.cache_clear()  # it would keep every list for good, and so would the next
    wordfreq.get_frequency_list.cache_clear()
    return shares

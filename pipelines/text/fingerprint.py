"""Fingerprints of a text: few numbers that tell how much of it another text repeats.

A text is cut into shingles, runs of four words; each is hashed, and of the hashes every eighth is kept, the
same ones in every text. What matters is containment, the share of the smaller set that the other holds: it
survives a cut, a new headline and an editor's changes, where Jaccard similarity and simhash do not.
"""

import hashlib
from collections.abc import Iterator, Sequence

import xxhash

from pipelines.text.terms import UNSPACED, normalised, primary, words

SHINGLE_WORDS = 4.0
"""Words of a shingle."""

CHARACTER_WEIGHT = 0.6
"""Words that one character counts in scripts without spaces: a shingle is 7 of them. Vietnamese parts
syllables, not words, and is counted the same."""

SAMPLE = 8
"""Of this many hashes one is kept: 50 fingerprints for 400 words. On 1,645 articles with 8 kinds of edits
each .96 to 1.00 of the copies share 3 fingerprints and a containment of .3, and .005 articles of another
story do."""

KEEP_ALL_BELOW = 128
"""Shingles of a text that keeps all its hashes instead, because a sample of them would say little.

Beside a long text, which keeps every eighth, such a set holds few of the other's: its containment is about
the share of the longer text that it covers. So a stub is a copy of a stub, and no copy of the article it
begins.
"""

FEWEST_SHINGLES = 20
"""Shingles below which a text has no fingerprint at all: some 23 words, less than a teaser, more than a
notice."""

RELIABLE_WORDS = 60
"""From this many words on a containment can be trusted. Of 4,100 beginnings of 40 words 30 pairs of
different stories share half or more, by lines such as "subscribe to our free newsletter"; of 60 words 8,
which do repeat each other's report. Below it only `text_key` tells copies for sure. Re-run
benchmarks/relatedness.py."""


def fingerprint(text: str, language: str = "") -> list[int]:
    """Sorted, distinct signed 64-bit hashes of the text's shingles; empty for a very short text.

    `language` is BCP 47 and matters for Vietnamese only: elsewhere the script itself tells how to cut, so
    that two copies stay alike when the language of one is detected wrongly.
    """
    hashes = {xxhash.xxh64_intdigest(shingle) for shingle in _shingles(text, language)}
    if len(hashes) < FEWEST_SHINGLES:
        return []
    if len(hashes) >= KEEP_ALL_BELOW:
        hashes = {value for value in hashes if value % SAMPLE == 0}
    return sorted(value - (1 << 64) if value >= 1 << 63 else value for value in hashes)


def containment(a: Sequence[int], b: Sequence[int]) -> float:
    """Share (0 to 1) of the smaller fingerprint that both have; 0 where one is empty.

    From .8 on a copy, from .5 an edited copy, from .3 a text that shares parts (such as an agency's).
    """
    smaller = min(len(a), len(b))
    return len(set(a).intersection(b)) / smaller if smaller else 0.0


def text_key(text: str) -> str:
    """SHA-256 (hex) of the words of the text: equal for exact copies; empty for a text without words.

    Case, punctuation, spaces and Unicode's ways to write the same letter do not matter.
    """
    joined = " ".join(words(normalised(text).casefold()))
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest() if joined else ""


def _shingles(text: str, language: str) -> Iterator[bytes]:
    by_syllable = primary(language) == "vi"
    found = words(normalised(text).casefold())
    if not by_syllable and not any(map(UNSPACED.match, found)):  # the same, faster: windows of four words
        coded = [word.encode("utf-8", "surrogatepass") for word in found]
        yield from map(b" ".join, zip(*(coded[start:] for start in range(int(SHINGLE_WORDS))), strict=False))
        return
    units: list[str] = []
    weights: list[float] = []
    for word in found:
        parts = list(word) if UNSPACED.match(word) else [word]
        units += parts
        weights += [CHARACTER_WEIGHT if by_syllable or UNSPACED.match(part) else 1.0 for part in parts]
    start, weight = 0, 0.0
    for end, unit_weight in enumerate(weights, start=1):
        weight += unit_weight
        while weight - weights[start] >= SHINGLE_WORDS:
            weight -= weights[start]
            start += 1
        if weight >= SHINGLE_WORDS:
            yield " ".join(units[start:end]).encode("utf-8", "surrogatepass")

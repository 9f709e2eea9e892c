"""Which language a text is in, told by its words (pycld2, py3langid; offline), and language tags brought to
BCP 47.

The page's own declaration is only compared, never believed: it is right on about 97 of 100 news pages.
"""

import re
import threading
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import langcodes
import pycld2

from pipelines.text.scripts import with_script

UNDETERMINED = "und"
"""BCP 47's code for "cannot be told"."""

SAMPLE = 400
"""Characters that are looked at. 300, 400, 600 and 1,000 tell the languages of 937 development pages alike,
but for one text of two languages; more only costs time (.45 ms of CPU; 600 take .64, 1,000 .88). Measured
by running `detect` over the texts of benchmarks/extraction.py with each."""

SHORTEST = 20
"""Letters below which a text stays `und`. Cuts of the development pages' texts (26 languages) were told
right in 85 of 100 cases at 10 letters, 94 at 20, 98 at 30, all at 100. A Chinese, Japanese or Korean
letter, being a good part of a word, counts `DENSE` times."""

PARAGRAPH = 120
"""Letters of a paragraph that tell its language alone."""

MIXED = 0.2
"""Share of a text in a second language that makes it one of mixed language."""

DENSE = 5
"""What one Han, Kana or Hangul letter counts towards `SHORTEST`."""

QUICK_LETTERS = 100
"""Letters from which pycld2 is asked. On cuts of 125 development pages' texts it errs in 0 cases at 100
letters and in 3 at 60, py3langid in none; but that takes half a second of CPU and 115 MB to load."""

QUICK_SHARE = 70
"""Per cent of the text that must be in the language pycld2 finds. Of 2,815 texts and paragraphs of the
development pages the two differ on 3, all below this (and agree on 6 below it)."""

QUICK_SCORE = 250
"""Its score, per 1,024 bytes, below which the letters are no words: a scrambled text has 96, and 999 of the
1,000 texts more than 339."""

_RARE = frozenset({"la", "vo", "sa", "an", "ia", "ie"})
"""Two-letter languages of the models without a press of their own: only a source of errors on short texts."""

_SERBO_CROATIAN = frozenset({"bs", "hr", "sr", "sh", "cnr"})
_NORWEGIAN = frozenset({"nb", "no"})
_QUICK = {langcodes.get(code).language for _, code in pycld2.LANGUAGES if len(code) < 4}
_QUICK |= _SERBO_CROATIAN | _NORWEGIAN | {""}
"""The primary codes of pycld2's languages. A page that declares another one (Naija) is left to the model."""

_dense = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_lock = threading.Lock()

_NAMES = {
    "arabic": "ar", "العربية": "ar", "bulgarian": "bg", "chinese": "zh", "中文": "zh", "czech": "cs",
    "danish": "da", "dutch": "nl", "nederlands": "nl", "english": "en", "finnish": "fi", "french": "fr",
    "francais": "fr", "français": "fr", "german": "de", "deutsch": "de", "greek": "el", "hebrew": "he",
    "hindi": "hi", "hungarian": "hu", "indonesian": "id", "italian": "it", "italiano": "it",
    "japanese": "ja", "日本語": "ja", "korean": "ko", "한국어": "ko", "norwegian": "no", "norsk": "no",
    "persian": "fa", "farsi": "fa", "polish": "pl", "polski": "pl", "portuguese": "pt",
    "português": "pt", "portugues": "pt", "romanian": "ro", "russian": "ru", "русский": "ru",
    "serbian": "sr", "spanish": "es", "español": "es", "espanol": "es", "swedish": "sv", "svenska": "sv",
    "thai": "th", "turkish": "tr", "türkçe": "tr", "ukrainian": "uk", "українська": "uk", "urdu": "ur",
    "vietnamese": "vi",
}  # fmt: skip
"""Names that pages give in place of a code."""


@dataclass(frozen=True, slots=True)
class Language:
    """What a text's words say of its language."""

    code: str
    """BCP 47 code such as "de", with the script where a language has two ("zh-Hant", "sr-Latn"); "und" where
    the text is too short or is no language."""
    confidence: float
    """0 to 1: the share of the text in this language, or the model's normalised probability; 0 for "und"."""
    declared_agrees: bool | None
    """Whether the declared primary code is the same; None where nothing usable is declared or found."""


def detect(text: str, declared: str = "") -> Language:
    """The language of a text (best: headline and body together), compared with the one its page declares.

    Safe in threads. A short or doubtful text is told by a model that is loaded then (115 MB, half a second).
    """
    sample = _sample(text)
    letters, declared_code = _letters(sample), primary(declared)
    if letters < SHORTEST:
        return Language(UNDETERMINED, 0.0, None)
    quick = _quick(sample) if letters >= QUICK_LETTERS and declared_code in _QUICK else None
    code, confidence = quick or _model().classify(sample)
    if code == "zxx":  # the model's "no linguistic content"
        return Language(UNDETERMINED, 0.0, None)
    code = _among_likes(primary(code), declared_code)
    agrees = primary(code) == declared_code or {code, declared_code} <= _NORWEGIAN if declared_code else None
    return Language(with_script(code, sample), round(float(confidence), 4), agrees)


def languages_in(text: str, declared: str = "") -> dict[str, float]:
    """The languages of a text's paragraphs and the share (0 to 1) of letters that each has, largest first.

    Only paragraphs of `PARAGRAPH` letters and more are asked, so a text of short ones gives {}.
    """
    letters: Counter[str] = Counter()
    for paragraph in text.split("\n"):
        count = _letters(paragraph)
        if count >= PARAGRAPH:
            letters[detect(paragraph, declared).code] += count
    return {code: count / letters.total() for code, count in letters.most_common()}


def is_mixed(text: str, declared: str = "") -> bool:
    """Whether more than one language has a share of `MIXED` in the text."""
    return sum(share >= MIXED for share in languages_in(text, declared).values()) > 1


def _among_likes(code: str, declared: str) -> str:
    """The code, or of languages whose news the words hardly tell apart the declared one; Norwegian that is
    neither declared "no" nor Nynorsk is Bokmål."""
    if code in _NORWEGIAN:
        return declared if declared in _NORWEGIAN else "nb"
    return declared if {code, declared} <= _SERBO_CROATIAN else code


def _sample(text: str) -> str:
    """The first characters, without addresses, in a form that UTF-8 can hold."""
    cut = text[: SAMPLE * 2].encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"\S*(?:://|www\.|@)\S*", " ", cut)[:SAMPLE]


def _letters(text: str) -> int:
    dense = len(_dense.findall(text))
    return sum(map(str.isalpha, text)) + dense * (DENSE - 1)


def _quick(sample: str) -> tuple[str, float] | None:
    """pycld2's language and its share of the text; None where it is not sure."""
    try:
        reliable, _, found = pycld2.detect(sample, isPlainText=True, bestEffort=True)
    except pycld2.error:  # control characters and other odd ones
        return None
    _, code, share, score = found[0]
    sure = reliable and share >= QUICK_SHARE and score >= QUICK_SCORE and _is_wanted(code)
    return (code, share / 100) if sure else None


def _model() -> Any:
    with _lock:
        return _load_model()


@lru_cache(maxsize=1)
def _load_model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages([code for code in model.labels if _is_wanted(code)])
    return model


def _is_wanted(code: str) -> bool:
    """Languages with a press: two-letter ones (script or not), Naija, and the model's "no language"."""
    return (len(code.partition("-")[0]) == 2 and code not in _RARE) or code in ("pcm", "zxx")


def primary(tag: str) -> str:
    """The primary code of a language tag in any spelling ("de_AT" -> "de"); "" for none."""
    return normalize_language(tag).partition("-")[0]


def settled(found: str, declared: str) -> str:
    """The tag to read a page's dates by: the declared one (with its region) where the words bear it out."""
    same = found in (primary(declared), UNDETERMINED) or primary(found) == primary(declared)
    return declared if declared and (same or {found, primary(declared)} <= _NORWEGIAN) else found


@lru_cache(maxsize=1024)
def normalize_language(tag: str) -> str:
    """A language tag in BCP 47's form: "de_DE" -> "de-DE", "english" -> "en", "zh_hans" -> "zh-Hans".

    Garbage gives "". Of a list ("de, en") the first counts; an encoding ("en_US.UTF-8") is cut off.
    """
    first = unicodedata.normalize("NFC", re.split(r"[,;.\s(]", tag.strip(), maxsplit=1)[0].rstrip("-_"))
    if first.casefold() in _NAMES:
        return _NAMES[first.casefold()]
    try:
        standard = langcodes.standardize_tag(first) if first else ""
        known = bool(standard) and langcodes.tag_is_valid(standard)
    except ValueError:
        return ""
    return (
        standard
        if known and standard.partition("-")[0] not in (UNDETERMINED, "mul", "zxx", "mis", "x")
        else ""
    )

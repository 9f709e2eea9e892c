"""How a text of an article differs from the one before it, by kind.

Sentences are aligned (difflib); what became of each of them is told once, by the most telling kind: a
sentence of a new correction notice, or with a quote that came or went, or that differs in a number alone, is
no `text` change as well. Numbers go by their digits, quotes by their marks, notices by corrections.yml.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files

import regex
import yaml

from archive.article import Article, Change

LENGTH_MAX = 300
"""Characters kept of one passage; the texts themselves are kept anyway."""

CHANGES_MAX = 50
"""Changes told of one kind: more of them are another article."""

ALIKE = 0.5
"""Share of words from which two sentences are one that was changed, not one that went and one that came."""

BLOCK_MAX = 40
"""Changed sentences in a row that are compared each with each; in longer runs the first with the first."""

UNITS_MAX = 200
"""Words, or numbers, of a sentence that are compared; what goes on longer is a page without full stops."""

QUOTE_WORDS, QUOTE_CHARACTERS = 2, 4
"""What stands between quotation marks is a quote from so many words on (from so many characters on where
words are not spaced); less is an emphasis or a name."""

NOTICE_LENGTH = 400
"""Characters of a paragraph in which a correction notice must show that it is one."""

_PARAGRAPH = re.compile(r"[^\n]+")
_SENTENCE = regex.compile(r".+?(?:[.!?…؟।]['\"”“’»)\]]*(?=\s)|[。！？]['\"”』」）]*|$)\s*", regex.DOTALL)
_QUOTE = regex.compile(
    r"“(?P<q>[^“”„]+)”|„(?P<q>[^“”„]+)[“”]|”(?P<q>[^“”]+)”|«(?P<q>[^«»]+)»|»(?P<q>[^«»]+)«"
    r"|「(?P<q>[^「」]+)」|『(?P<q>[^『』]+)』|\"(?P<q>[^\"\n]+)\""
    r"|(?<!\w)[‘‚](?P<q>[^‘’‚\n]+(?:’\w[^‘’‚\n]*)*)[’‘](?!\w)"
)
_MARKS = str.maketrans(dict.fromkeys("“”„«»", '"') | dict.fromkeys("‘’‚‹›", "'"))
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_NUMBER = regex.compile(
    r"(?<![\p{Latin}\p{Greek}\p{Cyrillic}\d])"  # none is "B52"
    r"(?:\d{1,3}(?:[.,'’٬\u00a0\u202f\u2009 ]\d{3})+(?!\d)(?:[.,٫]\d+)?|\d+(?:[.,٫:]\d+)*)"
    r"|[〇零一二三四五六七八九十百千万萬亿億兆]+"
)
_GROUPS = re.compile(r"(?<=\d)[.,'’٬\u00a0\u202f\u2009 ](?=\d{3}(?!\d))")


@dataclass(frozen=True, slots=True)
class _Span:
    """A passage of a text."""

    start: int
    end: int
    text: str

    def meets(self, others: Iterable["_Span"]) -> bool:
        """Whether it shares a character with one of them."""
        return any(self.start < other.end and other.start < self.end for other in others)


_Pair = tuple[_Span | None, _Span | None]


def changes_between(before: Article, after: Article) -> list[Change]:
    """What was changed, in the order of `ChangeKind`; empty if and only if `same_text`."""
    found = []
    if _bare(before.headline) != _bare(after.headline):
        found.append(Change(kind="headline", before=before.headline, after=after.headline))
    in_text = [
        *_in_text(before.description, after.description),
        *_in_text(before.article_body, after.article_body),
    ]
    found += _told(in_text, "number")
    found += _told(in_text, "quote_added")
    found += _told(in_text, "quote_removed")
    if _names(before) != _names(after):
        found.append(Change(kind="byline", before=", ".join(before.authors), after=", ".join(after.authors)))
    found += _told(in_text, "correction")
    if passages := _told(in_text, "text"):
        found.append(_joined(passages))
    if after.date_unpublished and not before.date_unpublished:
        found.append(Change(kind="unpublished"))
    if before.date_unpublished and not after.date_unpublished:
        found.append(Change(kind="republished"))
    return found


def same_text(one: Article, other: Article) -> bool:
    """Whether the outlet published the same: headline, standfirst, text and authors, and whether it stands.

    White space, the form of quotation marks, and how Unicode writes a letter with a diacritic do not count.
    """
    return _published(one) == _published(other)


def _published(article: Article) -> tuple[object, ...]:
    texts = (article.headline, article.description, article.article_body)
    return (*map(_bare, texts), _names(article), article.date_unpublished is None)


def _bare(text: str) -> str:
    """Without any white space, with the same marks for all quotes."""
    return _plain(text).replace(" ", "").translate(_MARKS)


def _plain(text: str) -> str:
    """With one blank for all white space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _names(article: Article) -> list[str]:
    return sorted(_bare(name) for name in article.authors)


def _told(changes: Sequence[Change], kind: str) -> list[Change]:
    """Those of a kind, each once."""
    told = {astuple(change): change for change in changes if change.kind == kind}
    return list(told.values())[:CHANGES_MAX]


def _joined(passages: Sequence[Change]) -> Change:
    """All changed passages as one change."""
    before = " … ".join(one.before for one in passages if one.before)
    after = " … ".join(one.after for one in passages if one.after)
    return Change(kind="text", before=_cut(before), after=_cut(after))


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LENGTH_MAX else f"{text[: LENGTH_MAX - 2]} …"


def changed_sentences(before: str, after: str) -> list[tuple[str, str]]:
    """The sentences that are not in both texts: as it was and as it is, either of them empty where it is new
    or gone."""
    pairs = _pairs(_sentences(before), _sentences(after))
    return [(old.text.strip() if old else "", new.text.strip() if new else "") for old, new in pairs]


def _in_text(before: str, after: str) -> list[Change]:
    """The differences of two texts, sentence by sentence; kind `text` for what no other kind tells."""
    if _bare(before) == _bare(after):
        return []
    went, came = _only_in(_quotes(before), _quotes(after)), _only_in(_quotes(after), _quotes(before))
    notices = _only_in(_notices(after), _notices(before))
    found = [Change(kind="quote_added", after=_cut(quote.text)) for quote in came]
    found += [Change(kind="quote_removed", before=_cut(quote.text)) for quote in went]
    found += [Change(kind="correction", after=_cut(notice.text)) for notice in notices]
    told = bool(found)
    for old, new in _pairs(_sentences(before), _sentences(after)):
        if new and new.meets(notices):
            continue
        numbers = _numbers(old, new) if old and new else []
        found += numbers
        quoted = (old and old.meets(went)) or (new and new.meets(came))
        if not quoted and not (numbers and _masked(old) == _masked(new)):
            old_text, new_text = old.text if old else "", new.text if new else ""
            found.append(Change(kind="text", before=_cut(old_text), after=_cut(new_text)))
        told = True
    return found if told else [Change(kind="text", before=_cut(before), after=_cut(after))]


def _sentences(text: str) -> list[_Span]:
    return [
        _Span(match.start(), match.end(), match[0])
        for paragraph in _PARAGRAPH.finditer(text)
        for match in _SENTENCE.finditer(text, paragraph.start(), paragraph.end())
        if match[0].strip()
    ]


def _pairs(before: Sequence[_Span], after: Sequence[_Span]) -> Iterator[_Pair]:
    """Each sentence that is not in both texts, with the one it became or was, if any."""
    matcher = SequenceMatcher(None, [_bare(one.text) for one in before], [_bare(one.text) for one in after])
    for tag, from_old, to_old, from_new, to_new in matcher.get_opcodes():
        if tag != "equal":
            yield from _paired(before[from_old:to_old], after[from_new:to_new])


def _paired(before: Sequence[_Span], after: Sequence[_Span]) -> Iterator[_Pair]:
    """The sentences of one place: those that are alike in pairs, the others by themselves."""
    left = dict(enumerate(before))
    long = max(len(before), len(after)) > BLOCK_MAX
    for number, new in enumerate(after):
        places = [number] if long else list(left)
        likeness = {place: _likeness(left[place], new) for place in places if place in left}
        best = max(likeness, key=likeness.__getitem__, default=None)
        if best is not None and likeness[best] >= ALIKE:
            yield left.pop(best), new
        else:
            yield None, new
    yield from ((old, None) for old in left.values())


def _likeness(one: _Span, other: _Span) -> float:
    """Share (0 to 1) of equal words, numbers being equal; of characters where words are not spaced."""
    ours, theirs = (_units(_masked(span))[:UNITS_MAX] for span in (one, other))
    return SequenceMatcher(None, ours, theirs, autojunk=False).ratio()


def _units(text: str) -> Sequence[str]:
    return text if _UNSPACED.search(text) else text.split()


def _masked(span: _Span | None) -> str:
    """The sentence with every number made the same."""
    return _plain(_NUMBER.sub("0", span.text)) if span else ""


def _numbers(old: _Span, new: _Span) -> list[Change]:
    """Numbers of the old sentence that others stand for in the new one."""
    before, after = (_NUMBER.findall(span.text)[:UNITS_MAX] for span in (old, new))
    matcher = SequenceMatcher(None, [*map(_value, before)], [*map(_value, after)], autojunk=False)
    return [
        Change(kind="number", before=was, after=now, where=_cut(new.text))
        for tag, from_old, to_old, from_new, to_new in matcher.get_opcodes()
        if tag == "replace"
        for was, now in zip(before[from_old:to_old], after[from_new:to_new], strict=False)
    ]


def _value(number: str) -> str:
    """The same for "1,000", "1.000" and "١٠٠٠", and for "2,5" and "2.5"."""
    digits = "".join(str(unicodedata.digit(one, one)) for one in number)
    return re.sub("[,٫]", ".", _GROUPS.sub("", digits))


def _quotes(text: str) -> list[_Span]:
    return [
        _Span(match.start(), match.end(), match["q"].strip())
        for paragraph in _PARAGRAPH.finditer(text)
        for match in _QUOTE.finditer(text, paragraph.start(), paragraph.end())
        if _is_quote(match["q"])
    ]


def _is_quote(text: str) -> bool:
    unspaced = len(_UNSPACED.findall(text)) >= QUOTE_CHARACTERS
    return unspaced or len(text.split()) >= QUOTE_WORDS


def _only_in(ours: Sequence[_Span], theirs: Sequence[_Span]) -> list[_Span]:
    """Those that are here and not there, by their letters and digits; `CHANGES_MAX` at most."""
    left = Counter(_letters(one.text) for one in theirs)
    found = []
    for one in ours:
        letters = _letters(one.text)
        if left[letters]:
            left[letters] -= 1
        else:
            found.append(one)
    return found[:CHANGES_MAX]


def _letters(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKC", text).casefold() if one.isalnum())


def _notices(text: str) -> list[_Span]:
    """The paragraphs that say what was wrong."""
    heads, phrases = _words_of_notices()
    found = []
    for match in _PARAGRAPH.finditer(text):
        start = _plain(match[0])[:NOTICE_LENGTH].casefold()
        if heads.match(start) or any(phrase in start for phrase in phrases):
            found.append(_Span(match.start(), match.end(), match[0]))
    return found


@cache
def _words_of_notices() -> tuple["regex.Pattern[str]", list[str]]:
    """Pattern of a notice's beginning in any language; phrases in it."""
    languages = yaml.safe_load(files("archive").joinpath("corrections.yml").read_text("utf-8")).values()
    heads = sorted({_plain(head).casefold() for words in languages for head in words["heads"]}, key=len)
    either = "|".join(regex.escape(head) for head in reversed(heads))
    # "Correction:", "Correction (8 Sept. 2022):", "[Correction] ...", "Correction" alone
    when = r"(?:\s*[,(（–-][^:：?!]{0,40}|\s+\d[^:：?!]{0,40})?"
    pattern = regex.compile(rf"\W*(?:{either})(?:\W*$|[】\])）]|{when}\s*[:：])")
    return pattern, [_plain(phrase).casefold() for words in languages for phrase in words["phrases"]]

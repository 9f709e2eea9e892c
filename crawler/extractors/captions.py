"""Captions and their credits: "Kim and Putin in Vladivostok © Jonas Verhoeven/AP" -> caption, credit."""

import re
from functools import lru_cache

from crawler.extractors.folding import collapse, sentences
from crawler.extractors.words import alternatives, by_language

AGENCIES = (
    "AP", "AFP", "dpa", "Reuters", "EPA", "EFE", "ANSA", "TASS", "ТАСС", "РИА Новости", "KCNA",
    "Xinhua", "Kyodo", "Yonhap", "NurPhoto", "Getty Images", "Getty", "Shutterstock", "iStock",
    "Imago", "picture alliance", "APA", "Keystone", "Belga", "PAP", "Bloomberg", "Ukrinform", "AA",
    "Anadolu", "Alamy", "ddp", "SIPA", "Abaca", "ZUMA", "UPI", "PA", "PA Media", "PA Wire",
    "Scanpix", "ANP", "CTK", "ČTK", "MTI", "LUSA", "Agencia EFE", "Unsplash",
)  # fmt: skip
"""Agencies and picture libraries that credits end in; names, so the same in every language."""

LONGEST_CREDIT = 60
"""Characters of a credit: maker, agency, licence."""

LONGEST_CAPTION = 300
"""Characters of a line that is a caption with its credit; a longer one is a paragraph."""

_SIGN = r"(?:©|ⓒ|\([cC]\))"
_JOIN = r"[\s(\[|–—:-]*"
_mark = re.compile(r"[:：=©ⓒ/攝摄(\[]")
_CAPITAL = r"(?:(?![a-zà-ÿа-яё\d_])\w)"


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    agency = (
        "(?:" + "|".join(re.escape(name) for name in sorted(AGENCIES, key=len, reverse=True)) + r")(?!\w)"
    )
    rest = rf"[^.!?。！？]{{0,{LONGEST_CREDIT}}}"
    word = rf"(?<!\w)(?:{alternatives('credits')})"
    photo = rf"(?:/\s?{agency}|Getty Images|(?i:photo|foto)\b|[^\W\d_]\s[^\W\d_][\w.'’-]+\s?/)"
    name = rf"(?:(?:{_CAPITAL}[\w'’-]+|{_CAPITAL}\.)\s){{0,3}}{_CAPITAL}[\w'’-]+"
    return (
        # a sign or a word before the maker: "... © Name/AP", "Foto: Name/dpa", "... Photo by Name"
        re.compile(rf"^(?P<caption>.*?){_JOIN}{_SIGN}\s*(?i:{word})?[\s:]*(?P<credit>{rest}\W*)$"),
        re.compile(rf"^(?P<caption>){_JOIN}(?i:{word})[\s:]*(?P<credit>{rest}\W*)$"),
        re.compile(rf"^(?P<caption>.*?){_JOIN}(?=[^a-zа-яё])(?i:{word})[\s:]*(?P<credit>{rest}\W*)$"),
        # Chinese: "...（記者潘俊宏攝）", "... 周小满 摄"
        re.compile(
            r"^(?P<caption>.*?(?:[。\s（(]|^))(?:記者|记者)?(?P<credit>[\u4e00-\u9fff]{2,4})\s?[攝摄]影?[）)]?$"
        ),
        # in brackets: "... (Name/AP)", "... [AP Photo/Name]"; not "(dpa)", the supplier of a text
        re.compile(
            rf"^(?P<caption>.*?)\s*[(\[](?P<credit>(?=[^()\[\]]*{photo})[^()\[\]]{{3,{LONGEST_CREDIT}}})[)\]]\W*$"
        ),
        # at the end: "... Name/AP", "... Name/AFP via Getty Images"
        re.compile(rf"^(?P<caption>.*?)\s*(?P<credit>(?<!\w){name}\s?/\s?{agency}\W*(?:via\s[\w\s/]+)?)$"),
        re.compile(rf"^(?P<caption>.*?)\s*(?P<credit>(?<!\w)(?:{name}\s(?:via\s)?)?Getty Images\W*)$"),
    )


@lru_cache(maxsize=1)
def _words_without_mark() -> tuple[str, ...]:
    words = {word.lower() for lists in by_language().values() for word in lists.get("credits", ())}
    return ("getty images", *sorted(word for word in words if not _mark.search(word)))


def _may_have_credit(text: str) -> bool:
    """Whether a text has what each of the patterns, which are slow, has one of."""
    if _mark.search(text):
        return True
    lower = text.lower()
    return any(word in lower for word in _words_without_mark())


def split_credit(text: str) -> tuple[str, str]:
    """A caption's text and its credit; ("...", "") where it names none.

    The credit comes without the copyright sign and the words "Foto:", "Photo by".
    """
    text = collapse(text)
    for pattern in _patterns() if _may_have_credit(text) else ():
        found = pattern.match(text)
        if found:
            credit = without_label(found["credit"])
            if credit or found["caption"]:
                return found["caption"].rstrip(" (|[–—-（"), credit
    return text, ""


@lru_cache(maxsize=1)
def _labels() -> re.Pattern[str]:
    words = {word.strip(":： ") for lists in by_language().values() for word in lists.get("credits", ())}
    words |= {"photo", "foto", "illustration", "grafik", "graphic"}
    named = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if word)
    return re.compile(rf"^(?:{named})(?!\w)[\s:：=]*", re.IGNORECASE)


def without_label(credit: str) -> str:
    """A credit without marks around it and without "Foto:", "Photo" in front."""
    bare = credit.strip(" .,;:|/()[]–—-©ⓒ")
    return _labels().sub("", bare).strip(" .,;:|/()[]–—-©ⓒ")


def is_label(text: str) -> bool:
    """Whether a text is nothing but "Foto:"."""
    return bool(text) and _labels().sub("", text.strip()) == ""


def is_credited(line: str) -> bool:
    """Whether a line of text is a caption with its credit, or a credit alone.

    A paragraph that ends in a credit (Japanese agency style) is not: its credit can be cut with
    `split_credit`.
    """
    if len(line) > LONGEST_CAPTION:
        return False
    caption, credit = split_credit(line)
    return caption != collapse(line) and bool(credit or not caption) and sentences(caption) <= 3

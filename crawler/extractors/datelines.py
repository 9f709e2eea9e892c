"""Place and agency in a text's first and last words: "WASHINGTON (AP) -", "МОСКВА /ТАСС/", "(dpa/lno)"."""

import re

from crawler.extractors.names import agency

LOOKED_AT = 3
"""Paragraphs in which the text may begin: standfirst and subheading may stand before it."""

_UPPER = r"[^\W\d_a-zà-öø-ÿа-яёα-ωά-ώ]"
_region = rf"(?:,\s{_UPPER}[\w.]*(?:\s{_UPPER}[\w.]*)?)?"
_place = rf"(?P<place>{_UPPER}[^\W\d_]*(?:[\s'’/.-]{{1,2}}{_UPPER}[^\W\d_]*\.?){{0,4}}{_region})"
_capitals = rf"(?P<place>(?:{_UPPER}|[\s'’-]){{2,40}}{_UPPER}(?:,\s{_UPPER}\w+\.?)?)"
_day = r"(?:,\s[^—–:()]{3,20}?)?"
_patterns = (
    re.compile(rf"^{_place}\s*[(/](?P<agency>[^()/]{{2,25}}(?:/\w+)?)[)/]\.?\s*[-–—.:]"),
    re.compile(rf"^{_capitals}{_day}\s*[-–—]\s+(?P<agency>[^\W\d_]{{2,20}}(?:\s[^\W\d_]+)?)\.\s"),
    re.compile(rf"^{_capitals}{_day}\s*[-–—]\s"),
    re.compile(rf"^{_capitals}{_day}\s*/(?P<agency>[^/]{{2,25}})/"),
    re.compile(
        r"^[〔【\[（(](?:本報)?(?:記者|记者)[\u3400-\u9fff]{2,4}[／/∕](?P<place>[\u3400-\u9fff]{2,6})報導"
    ),
    re.compile(r"^(?P<agency>新华社|中新社|新華社|中央社)(?P<place>[\u3400-\u9fff]{2,6}?)\d{1,2}月\d{1,2}日"),
    re.compile(r"^[（(](?P<place>[\uac00-\ud7af]{2,8})=(?P<agency>[^()）]{2,12})[)）]"),
    re.compile(r"^【(?P<place>[^\d【】]{2,12}?)\s?(?:\d{1,2}月)?\d{1,2}日\s?(?P<agency>[^\s【】]{2,12})?】"),
    re.compile(r"^【\d{1,2}月\d{1,2}日\s?(?P<agency>[^\s【】]{2,12})】"),
    re.compile(rf"^(?P<place>{_UPPER}[a-zà-öø-ÿ]{{3,20}})\.\s(?={_UPPER}\w+\s)"),
)
_ending = re.compile(r"[(（](?P<agency>[^()（）]{2,30})[)）]\s*$")
_source = re.compile(
    r"^(?:quelle|source|fuente|fonte|источник|джерело|forrás|kilde|källa|lähde|bron|źródło|zdroj|kaynak|来源|來源|出典)\s*[:：]\s*"
    r"(?P<agency>[^:|]{2,30})$",
    re.IGNORECASE,
)


def dateline(text: str) -> tuple[str, str]:
    """The place and the agency with which a text begins; "" for what it does not name."""
    for paragraph in text.split("\n\n")[:LOOKED_AT]:
        for pattern in _patterns:
            found = pattern.match(paragraph)
            if found and (named := found.groupdict()).get("agency") != "":
                return (named.get("place") or "").strip(" ,-"), (named.get("agency") or "").strip()
    return "", ""


def closing_agency(text: str) -> str:
    """The agency in brackets behind the text's beginning or end: "(dpa/lno)"; "" without one."""
    paragraphs = text.split("\n\n")
    for paragraph in (paragraphs[-1], paragraphs[0]):
        found = _ending.search(paragraph)
        if found and (name := agency([found["agency"]])):
            return name
    return ""


def named_source(lines: list[str]) -> str:
    """The supplier on a line such as "Quelle: dpa-AFX"; "" without one."""
    return next((found["agency"].strip() for line in lines if (found := _source.match(line))), "")

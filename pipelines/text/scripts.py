"""Which script a text is in where its language is written in two: zh-Hans or zh-Hant, sr-Cyrl or sr-Latn."""

import re

_traditional = frozenset(
    "們個來時說國對會學過這發後與車東長門開間問題點樂書買賣聽讀寫頭電話應該讓還沒實現無從雙關報導記據統經濟權黨戰爭"
)
_simplified = frozenset(
    "们个来时说国对会学过这发后与车东长门开间问题点乐书买卖听读写头电话应该让还没实现无从双关报导记据统经济权党战争"
)
_cyrillic = re.compile(r"[\u0400-\u04ff]")
_latin = re.compile(r"[A-Za-z\u00c0-\u024f]")


def with_script(code: str, text: str) -> str:
    """The language code with its script, where it has two; as it is where the text does not tell.

    Chinese is told by frequent characters of which the other script has another form.
    """
    if code == "zh":
        old = sum(sign in _traditional - _simplified for sign in text)
        new = sum(sign in _simplified - _traditional for sign in text)
        return code if old == new else "zh-Hant" if old > new else "zh-Hans"
    if code == "sr":
        return "sr-Cyrl" if len(_cyrillic.findall(text)) >= len(_latin.findall(text)) else "sr-Latn"
    return code

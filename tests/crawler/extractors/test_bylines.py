import pytest

from crawler.extractors.bylines import visible_names
from crawler.extractors.document import Document
from tests.crawler.extractors.pages import article, page


def names(byline: str, after: str = "") -> list[str]:
    return visible_names(Document(page(article(before=byline, after=after))), {"tagblatt"})


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        (
            '<p class="byline">Von <a href="/a">Ida Dresch</a>, <a href="/b">Bo Rey</a></p>',
            ["Ida Dresch", "Bo Rey"],
        ),
        (
            '<div itemprop="author"><span itemprop="name">Ida Dresch</span> <i>Reporterin</i></div>',
            ["Ida Dresch"],
        ),
        ("<p>Af <span>Rasmus Thor</span>, tirsdag den 13. juni 2023</p>", ["Rasmus Thor"]),
        ("<font>Geplaatst: 2 oktober, 06:30 - Door: Lieke Stap - Gelezen: 1842 keer</font>", ["Lieke Stap"]),
        ("<div><div>Autor</div><div>Tereza Myš</div></div>", ["Tereza Myš"]),
        ("<p><time>29 janvier</time> par <a href='/x'>Solène Vass</a></p>", ["Solène Vass"]),
        ("<p>〔記者潘俊宏／東岬報導〕東岬鄉的學校。</p>", ["潘俊宏"]),
        ("<p>漁が始まった。(c)AFP/Rin OKABE</p>", ["Rin OKABE"]),
        ('<p class="postinfo">19. Mai, 8:00 Uhr · Tamar Behr · Keine Kommentare</p>', ["Tamar Behr"]),
        ('<a rel="author" href="/author/gizmo">gizmo</a>', ["gizmo"]),
        ('<div class="byline">Redaktion</div>', []),
        ('<div class="comments"><div class="author">Kim Leser</div></div>', []),
        (
            (
                '<a href="/other"><h4>Another story of quite some length, told elsewhere on the site</h4>'
                "<span>Von Ida Dresch</span></a>"
            ),
            [],
        ),
    ],
)  # fmt: skip
def test_bylines(byline: str, expected: list[str]) -> None:
    assert names(byline) == expected


def test_a_comment_form_has_no_author() -> None:
    assert names("", '<form id="reply"><label>Name</label><input></form>') == []

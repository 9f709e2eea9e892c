import pytest
from lxml import html
from lxml.html import HtmlElement

from crawler.extractors import boxes, read
from tests.crawler.extractors.pages import CAPTION, HEADLINE, PARAGRAPHS, TEXT, article, page


def text_of(between: str = "", after: str = "") -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS[:2])
    html = article(paragraphs=[], before=f"{body}{between}<p>{PARAGRAPHS[2]}</p>", after=after)
    return read(page(html)).article_body


@pytest.mark.parametrize(
    "box",
    [
        '<div class="newsletter-box"><h4>Der Sonntag</h4><p>Ein Stück und ein Gedicht um acht.</p></div>',
        "<div class='x1'><p>Ripoti za bahari kila Ijumaa.</p><button>Jisajili</button></div>",
        "<div><h4>Sonda</h4><p>Czy port ma zostać?</p><ul><li>Tak</li></ul><button>O</button></div>",
        '<div role="dialog"><h2>You have 2 free articles left</h2><p>Local journalism takes time.</p></div>',
        '<aside class="pull-quote"><p>Niemand hat gesagt, dass es leicht wird.</p></aside>',
        '<blockquote class="wp-block-pullquote"><p>Niemand wartet.</p><cite>Werba</cite></blockquote>',
        '<h4>Werte</h4><ul><li><a href="/a">Lotsen AG</a> 19</li><li><a href="/b">Korn AG</a> 3</li></ul>',
        '<table align="right"><tr><th>Zahlen</th></tr><tr><td>41 %</td><td>Mais</td></tr></table>',
        '<div class="mas-noticias"><h3>Además</h3><a href="/a">Otra</a><p>La cofradía pide ayuda.</p></div>',
        '<form><p>नई खबरें पाएँ</p><input type="email"><input type="submit" value="भेजें"></form>',
    ],
)
def test_boxes_between_paragraphs_are_out(box: str) -> None:
    assert text_of(between=box) == TEXT


def test_comments_after_the_text_are_out_whatever_their_length() -> None:
    comments = "".join(f"<div><b>Leser {n}</b><p>{PARAGRAPHS[n % 3][::-1]}</p></div>" for n in range(9))
    assert text_of(after=f"<h3>Reacties (9)</h3>{comments}") == TEXT
    assert text_of(after=f'<div class="comment-list">{comments}</div>') == TEXT


def test_a_player_with_its_transcript_is_text() -> None:
    rows = "".join(f"<div><button>00:1{n}</button><p>{p}</p></div>" for n, p in enumerate(PARAGRAPHS))
    assert read(page(article(paragraphs=[], before=rows))).article_body == TEXT


def test_a_text_in_a_container_with_a_boxes_name_stays() -> None:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    for name in ("paywall-article", "social-content", "related"):
        assert (
            read(page(article(paragraphs=[], before=f'<div class="{name}">{body}</div>'))).article_body
            == TEXT
        )


def test_an_infobox_in_an_aside_stays() -> None:
    box = "<aside><h3>Der Hafen</h3><ul><li>Gebaut: 1934</li><li>Arbeiter: 600</li></ul></aside>"
    assert "Der Hafen\n\n- Gebaut: 1934\n- Arbeiter: 600" in text_of(between=box)


def test_a_page_of_few_words_is_left_alone() -> None:
    tree: HtmlElement = html.fromstring(
        f"<html><body><div class='poll'><p>{HEADLINE}</p></div></body></html>"
    )
    boxes.without_boxes(tree)
    assert tree.text_content() == HEADLINE


def test_a_rule_that_fails_costs_nothing_but_itself(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(tree: object) -> list[object]:
        raise ValueError("a bug")

    monkeypatch.setitem(boxes.RULES, "named", broken)
    assert text_of(between='<div role="dialog"><p>Sale</p></div>') == TEXT
    assert "the rule 'named' for boxes failed" in caplog.text


def test_a_caption_box_holds_a_picture_and_its_caption_alone() -> None:
    tree: HtmlElement = html.fromstring(
        f'<div><div class="a"><img src="a.jpg"><div>{CAPTION}</div></div>'
        f'<div class="b"><img src="b.jpg"><p>{PARAGRAPHS[0]}</p></div></div>'
    )
    first, second = tree.iter("img")
    box = boxes.caption_box(first)
    assert box is not None
    assert box.get("class") == "a"
    assert boxes.caption_box(second) is None

import pytest

from archive.article import Image
from crawler.extractors import read
from tests.crawler.extractors.pages import CAPTION, CREDIT, TEXT, article, page

URL = "http://tagblatt.example/img/hafen-2022.jpg"
IMG = '<img src="/img/hafen-2022.jpg">'
WHOLE = [Image(url=URL, caption=CAPTION, credit=CREDIT)]


def images(markup: str, head: str = "") -> list[Image]:
    found = read(page(article(before=markup, head=head)))
    assert found.article_body == TEXT
    return found.images


@pytest.mark.parametrize(
    "markup",
    [
        f"<figure>{IMG}<figcaption>{CAPTION} © {CREDIT}</figcaption></figure>",
        f'<figure>{IMG}<figcaption><b>{CAPTION}</b><b class="credit">({CREDIT})</b></figcaption></figure>',
        f"<div>{IMG}<div>{CAPTION}</div><div>Foto: {CREDIT}</div></div>",
        f'<div>{IMG}<span class="n">1/4</span><p>{CAPTION}</p><span>Снимка: {CREDIT}</span></div>',
        f'<div><amp-img src="/img/hafen-2022.jpg"></amp-img><p>{CAPTION} — Foto: {CREDIT}</p></div>',
        f'<table align="right"><tr><td>{IMG}</td></tr><tr><td>{CAPTION}. Foto: {CREDIT}</td></tr></table>',
        f"<div>{IMG}<div>{CAPTION}</div><div><b>Foto</b><i>{CREDIT}</i></div></div>",
        f'<figure><a href="{URL}">{IMG}</a><figcaption>{CAPTION} | عکس: {CREDIT}</figcaption></figure>',
        f"<p>{IMG}</p><p>{CAPTION} © {CREDIT}</p>",
    ],
)
def test_picture_caption_and_credit_in_whatever_holds_them(markup: str) -> None:
    found = images(markup)
    assert [(one.url, one.caption.rstrip("."), one.credit) for one in found] == [(URL, CAPTION, CREDIT)]


@pytest.mark.parametrize(
    ("caption", "credit"),
    [
        ("九名學生與漁民同台演出。（記者潘俊宏攝）", "潘俊宏"),
        ("夜里亮着灯的灯塔书店。周小满 摄", "周小满"),
        ("سفينة الإصلاح قبالة جزيرة المرسى (Jonas Ekberg)", "Jonas Ekberg"),
        ("Le quai 6 du port, en janvier. <small>Photo Flore Assante</small>", "Flore Assante"),
        ("La Mercè al seu taller. <span>Nil Brugada</span>", "Nil Brugada"),
    ],
)
def test_credits_of_other_languages(caption: str, credit: str) -> None:
    assert images(f"<figure>{IMG}<figcaption>{caption}</figcaption></figure>")[0].credit == credit


def test_two_sizes_of_a_picture_are_one() -> None:
    head = f'<meta property="og:image" content="{URL}?w=1200&amp;crop=1">'
    assert images(f"<figure>{IMG}<figcaption>{CAPTION} © {CREDIT}</figcaption></figure>", head) == WHOLE


def test_a_sites_default_picture_and_teasers_are_none_of_the_article() -> None:
    head = '<meta property="og:image" content="/static/default-share.png">'
    teaser = f'<a href="/mehr"><div>{IMG}<span>{CAPTION} im Frühling</span></div></a>'
    assert images(teaser, head) == []

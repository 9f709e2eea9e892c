import pytest
from lxml import html

from crawler.extractors.standfirst import standfirsts
from tests.crawler.extractors.pages import PARAGRAPHS

LEAD = "Zum ersten Mal seit sieben Monaten läuft ein Schiff aus."


def found(markup: str) -> list[str]:
    return list(standfirsts(html.fromstring(f"<html><body><h1>Kopf</h1>{markup}</body></html>")))


@pytest.mark.parametrize(
    "markup",
    [
        '<p class="article__standfirst">{}</p>',
        '<div class="field-name-field-manchet"><b>{}</b></div>',
        '<h4 class="subheading">{}</h4>',
        '<p itemprop="description">{}</p>',
        '<p class="Dek_root__b2">{}</p>',
    ],
)
def test_names_that_mark_a_standfirst(markup: str) -> None:
    assert found(markup.format(LEAD)) == [LEAD]


def test_what_is_no_standfirst() -> None:
    assert found('<p class="subtitle">Kurz</p>') == []
    assert found(f'<aside><p class="subtitle">{LEAD}</p></aside>') == []
    assert found(f'<p class="subtitle"><a href="/x">{LEAD}</a></p>') == []
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    assert found(f'{text}<p class="subtitle">{LEAD}</p>') == []

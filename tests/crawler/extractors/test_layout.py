from lxml import html

from crawler.extractors import read
from crawler.extractors.layout import unwrap_layout_tables
from tests.crawler.extractors.pages import HEADLINE, PARAGRAPHS, page

COLUMNS = f"""<html><head><title>Tagblatt: {HEADLINE}</title></head><body><table width=780>
<tr><td colspan=2><font size=6><b>Tagblatt</b></font></td></tr>
<tr><td width=140><a href="/">Start</a><br><a href="/politik">Politik</a><br><a href="/sport">Sport</a></td>
<td><font size=5><b>{HEADLINE}</b></font><br><br><font size=3>{"<br><br>".join(PARAGRAPHS)}</font></td></tr>
<tr><td colspan=2>Impressum</td></tr></table></body></html>"""

DATA = (
    "<table><tr><th>Hafen</th><th>Schiffe</th></tr>" + "<tr><td>Odessa</td><td>12</td></tr>" * 60 + "</table>"
)


def test_an_article_in_a_layout_table_keeps_its_paragraphs_and_loses_the_menu() -> None:
    article = read(page(COLUMNS, publisher="Tagblatt"))
    assert article.headline == HEADLINE
    assert article.article_body.split("\n\n") == PARAGRAPHS


def test_a_table_of_data_stays_one() -> None:
    tree = html.fromstring(f"<html><body><p>Text</p>{DATA}</body></html>")
    unwrap_layout_tables(tree)
    assert len(tree.findall(".//td")) == 120


def test_a_table_of_data_inside_a_column_stays_one() -> None:
    tree = html.fromstring(f"<html><body><table><tr><td><p>Text</p>{DATA}</td></tr></table></body></html>")
    unwrap_layout_tables(tree)
    assert len(tree.findall(".//table")) == 1
    assert len(tree.findall(".//td")) == 120

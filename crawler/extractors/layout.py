"""Old pages are laid out in tables, which trafilatura takes for data: such tables become plain blocks."""

from lxml.html import HtmlElement

CELL = 500
"""Characters of a cell that make it a column of the page: cells of data tables hold words or a sentence."""


def unwrap_layout_tables(tree: HtmlElement) -> None:
    """Turn tables that hold whole columns of text, or other tables, into divs; changes the tree."""
    layout = [table for table in tree.iter("table") if _is_layout(table)]
    parts = [part for table in layout for part in table.iter("tbody", "thead", "tr", "td", "th")]
    own = [part for part in parts if next(part.iterancestors("table")) in layout]
    for element in (*layout, *own):
        element.tag = "div"


def _is_layout(table: HtmlElement) -> bool:
    return table.find(".//table") is not None or any(_is_column(cell) for cell in table.iter("td"))


def _is_column(cell: HtmlElement) -> bool:
    breaks = sum(1 for _ in cell.iter("br", "p", "div", "h1", "h2", "h3"))
    return breaks >= 3 and len(cell.text_content()) >= CELL

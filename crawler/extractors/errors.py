"""`NotAnArticle`: a page that was read and is no article."""

from typing import Literal, get_args

from archive.errors import PageError

Reason = Literal[
    "consent_wall", "bot_wall", "login_wall", "soft_404", "index_page", "not_html", "no_text"
]  # fmt: skip
"""Why a page is no article.

consent_wall, bot_wall, login_wall: something stands before the article. soft_404: "not found" with a good
status. index_page: a list of articles. not_html: a PDF, an image, a feed. no_text: none of these, but no
text was found.
"""

REASONS: tuple[str, ...] = get_args(Reason)


class ReaderFailed(PageError):
    """The process that reads pages failed, not the page: another try may succeed."""


class NotAnArticle(PageError):
    """The page is not an article; it is counted under its reason and not archived."""

    def __init__(self, reason: Reason, url: str) -> None:
        super().__init__(f"{url}: not an article ({reason.replace('_', ' ')})")
        self.reason: Reason = reason
        self.url = url

    def __reduce__(self) -> tuple[type["NotAnArticle"], tuple[Reason, str]]:
        return NotAnArticle, (self.reason, self.url)

"""The closed list of reasons: what more the ledger says of an outcome. docs/ledger.md shows the same list."""

import re
from collections.abc import Mapping

REASONS: Mapping[str, Mapping[str, str]] = {
    "archived": {},
    "duplicate": {},
    "robots": {
        "robots_txt": "robots.txt closes it",
        "noarchive": "the page asks not to be archived, and OBEY_NOARCHIVE is on",
    },
    "wall": {
        "consent_wall": "a question about cookies stands in its place",
        "bot_wall": "the site asks for proof that nobody automatic is there",
        "login_wall": "only a login form was shown",
    },
    "not_article": {
        "soft_404": "the page says that there is none, with a good status",
        "index_page": "a list of articles, or the front page",
        "not_html": "a PDF, an image, a feed",
        "no_text": "no text was found",
        "no_headline": "no headline was found",
    },
    "gone": {
        "http_404": "not found",
        "http_410": "taken down for good",
        "http_451": "taken down for legal reasons",
    },
    "error": {
        "http_NNN": "any other status but 2xx, to the last try",
        "download_timeout": "no answer in DOWNLOAD_TIMEOUT",
        "download_connection_refused": "the server takes no connections",
        "cannot_resolve_host": "the host has no address",
        "download_failed": "the connection broke",
        "connection_lost": "the connection broke",
        "response_data_loss": "the answer broke off",
        "redirect_loop": "more redirects than REDIRECT_MAX_TIMES",
        "too_large": "more than DOWNLOAD_MAXSIZE",
        "private_address": "the page is on the machine's own network",
        "unreadable": "the page hung or crashed the reader",
        "reader_failed": "the process that reads pages failed, not the page",
        "callback_failed": "a fault in the spider",
        "stage_failed": "a fault in a stage",
        "refused": "the archive does not take the article",
        "archive_away": "the archive's server did not answer",
        "other": "anything else; the log names it",
    },
}
"""By outcome: reason -> what it means. `duplicate` keeps the address of the first text instead."""


def listed(outcome: str, reason: str) -> str:
    """The reason as the list has it; empty where the outcome needs none."""
    known = REASONS[outcome]
    if not known:
        return ""
    if reason in known or (outcome == "error" and re.fullmatch("http_[0-9]{3}", reason)):
        return reason
    return {"robots": "robots_txt", "error": "other"}.get(outcome, "")

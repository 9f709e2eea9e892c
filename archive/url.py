"""Identity of pages: normalised URL -> ledger key, article id.

The rules are the WHATWG URL Standard's (parsed by can_ada), then: no fragment, no default port, no
tracking parameters, http and https are one.
"""

import hashlib
import re
from functools import lru_cache
from urllib.parse import quote, urljoin

import can_ada
import tldextract

_TRACKING = re.compile(
    r"""^(?: utm_\w+ | [a-z]{0,2}clid | fbclid | igshid | mc_[ce]id | _ga | _gl | ga_\w+ | ref_src | ref_url
        | pk_\w+ | mtm_\w+ | matomo_\w+ | at_(?:medium|campaign|custom\d|link_\w+|bbc_team|ptr_name|format)
        | ns_(?:mchannel|source|campaign|linkname|fee) | xtor | cmpid | cmp | icid | ito | ocid | smid | smtyp
        | __twitter_impression | share_?id | wt_mc | wt_zmc | mkt_tok | yclid | ysclid | _openstat
        | sh_kit | guccounter | guce_\w+ | trk\w* | spm | campaign_id | emc | s_cid )$""",
    re.IGNORECASE | re.VERBOSE,
)
"""Parameters that only say where a reader came from (names in use by Google, Meta, Matomo, AT Internet,
Webtrends, Adobe, Yandex and large publishers)."""

_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
"""The public suffix list bundled with tldextract: never the network. With its private part, so that two blogs
under blogspot.com or github.io are two domains."""


def normalize(url: str) -> str:
    """The URL in WHATWG form without fragment, user info and tracking parameters.

    Raises ValueError for anything but an absolute http(s) URL with a host.
    """
    try:
        parsed = can_ada.parse(url.strip())
    except (ValueError, TypeError):  # TypeError: half a surrogate pair
        raise ValueError(f"not a URL: {url!r}") from None
    if parsed.protocol not in ("http:", "https:") or not parsed.hostname:
        raise ValueError(f"not an http(s) URL: {url!r}")
    kept = [part for part in parsed.search.lstrip("?").split("&") if part and not _is_tracking(part)]
    query = "?" + "&".join(kept) if kept else ""
    return f"{parsed.protocol}//{parsed.host}{parsed.pathname}{query}"


def _is_tracking(parameter: str) -> bool:
    return parameter == "feature=share" or _TRACKING.match(parameter.partition("=")[0]) is not None


def ledger_key(url: str) -> str:
    """The ledger's key for an announced URL: normalised, http and https alike."""
    return "https:" + normalize(url).partition(":")[2]


def article_id(url: str, canonical: str = "") -> str:
    """Id of an article: SHA-256 (hex) of the key of its final URL, or of rel=canonical where that counts.

    rel=canonical counts within the same registered domain and with a path other than "/": elsewhere it is
    a syndication link or a broken template, and would melt many pages into one.
    """
    identity = url
    if canonical and _canonical_counts(url, canonical):
        identity = urljoin(url, canonical)
    return hashlib.sha256(ledger_key(identity).encode()).hexdigest()


def _canonical_counts(url: str, canonical: str) -> bool:
    try:
        target = can_ada.parse(urljoin(url, canonical))
        return target.pathname not in ("", "/") and registered_domain(target.href) == registered_domain(url)
    except (ValueError, TypeError):
        return False


@lru_cache(maxsize=4096)
def registered_domain(url: str) -> str:
    """The domain under a public suffix ("bbc.co.uk"), or the host where there is none; "" without a host."""
    host = host_of(url)
    found = _suffixes(host)
    if found.suffix or not host or host.endswith("]") or host.replace(".", "").isdigit():
        return found.top_domain_under_public_suffix or host
    return ".".join(host.split(".")[-2:])  # the list's own rule for a suffix that it does not name


def host_of(url: str) -> str:
    """Host name in lower case, without a port; "" where there is none."""
    try:
        return str(can_ada.parse(url).hostname)
    except (ValueError, TypeError):
        return ""


def site_of(url: str) -> str:
    """Host name without a leading "www."."""
    return host_of(url).removeprefix("www.")


def readable(url: str) -> str:
    """The URL as one printable token: spaces and control characters escaped."""
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]")

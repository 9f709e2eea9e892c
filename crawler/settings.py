"""Every setting, its unit and why. Scrapy's own names where Scrapy has one; the rest is ours.

`-s NAME=VALUE` overrides a setting for one run; those marked (environment) are read from the
environment too. docs/settings.md lists them all.
"""

import os
from pathlib import Path

from pipelines import STAGES

_PROJECT = Path(__file__).resolve().parents[1]

BOT_NAME = "storytrail"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
COMMANDS_MODULE = "crawler.commands"

# --- Places -----------------------------------------------------------------------------------------

STATE_DIR = os.environ.get("STATE_DIR") or (
    str(_PROJECT / "var") if (_PROJECT / "scrapy.cfg").exists() else ""
)
"""Folder of everything a crawl keeps: archive, ledger, raw pages (environment). Beside scrapy.cfg by
default, whatever the working folder; required where there is no scrapy.cfg, as in a scrapyd egg."""

ARCHIVE_URL = os.environ.get("ARCHIVE_URL") or "embedded:"
"""Where articles are kept (environment): `embedded:` (in STATE_DIR), `embedded:FOLDER`, or in Elasticsearch:
`http(s)://[user:password@]host:9200/news`, `cloud:news`; `news` names the indexes."""

ELASTICSEARCH_API_KEY = os.environ.get("ELASTICSEARCH_API_KEY") or ""
"""API key instead of user and password, in its encoded form (environment)."""
ELASTICSEARCH_CA_CERTS = os.environ.get("ELASTICSEARCH_CA_CERTS") or ""
"""PEM file of the authority that signed the server's certificate (environment); empty: the system's."""
ELASTICSEARCH_CLOUD_ID = os.environ.get("ELASTICSEARCH_CLOUD_ID") or ""
"""Elastic Cloud's name of the cluster, for `cloud:news` (environment)."""
ELASTICSEARCH_TIMEOUT = 30
"""Seconds for one request to Elasticsearch; then it counts as away."""
ARCHIVE_SPOOL_MAX_SIZE = 1_000_000_000
"""Bytes of articles (compressed) that wait in STATE_DIR/spool while Elasticsearch is away, about 250,000
articles; then the crawl pauses."""

LEDGER_URL = os.environ.get("LEDGER_URL") or ""
"""SQLAlchemy URL of the ledger (environment); empty: SQLite in STATE_DIR."""

RAW_PAGES_ENABLED = True
"""Keep every response, as received, in WARC files under STATE_DIR/raw."""

WARC_MAX_SIZE = 1_000_000_000
"""Bytes after which a new WARC file is begun; 1 GB is the size that archives exchange."""

# --- Who we are -------------------------------------------------------------------------------------

CONTACT = os.environ.get("CONTACT") or ""
"""Web page or mail address in the user agent, so that a site can reach you (environment). Of the live
web nothing is fetched without it; a web on loopback needs none."""

USER_AGENT = "Storytrail/0.1 (news archive; no contact set)"
"""With CONTACT set it becomes `Storytrail/0.1 (+CONTACT)`."""

# --- Politeness -------------------------------------------------------------------------------------

ROBOTSTXT_OBEY = True
CONCURRENT_REQUESTS = 32
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 5
"""Seconds from a site's answer to the next request to it; a source's `delay` replaces it for its hosts. Five
is what Media Cloud and Common Crawl's news crawler take as the floor."""
DOWNLOAD_DELAY_JITTER = 0
"""Share by which a delay varies at random. Off: with Scrapy's .5 gaps fall to half of the stated delay."""
CRAWL_DELAY_MAX = 60
"""Seconds: most that Crawl-delay or Request-rate of a robots.txt can make of a delay; a site that asks for
more is named once. At 60 a run still reads 1,440 pages of a site a day."""
RETRY_AFTER_MAX = 3600
"""Seconds that a crawl waits for a site that answers 429 or 503 with Retry-After; for a longer pause the URL
is given back as failed."""
TOO_MANY_REQUESTS_PAUSE = 30
"""Seconds that a site is left alone after 429 without Retry-After, doubled with each further one; Media
Cloud's figure."""
OBEY_NOARCHIVE = False
"""Whether pages that say noarchive (meta robots, X-Robots-Tag) are left out, settled as `robots`. Off: it
asks search engines to show no copy; what you may keep and show is for the law where you are to say. The
directives are recorded in any case."""
DOWNLOAD_TIMEOUT = 60
"""Seconds for one response."""
DOWNLOAD_MAXSIZE = 16 * 1024 * 1024
"""Bytes of one response; the largest article pages seen are about 5 MB."""
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_VERIFY_CERTIFICATES = True
URLLENGTH_LIMIT = 0
"""Off: Scrapy would drop a longer URL, and its lease, without a word; discovery refuses absurd ones."""
RETRY_TIMES = 2
REDIRECT_MAX_TIMES = 8
COOKIES_ENABLED = False
"""A crawler that keeps no cookies is counted by no meter and shown no personal page."""
ALLOW_PRIVATE_ADDRESSES = False
"""Whether pages on private, loopback and link-local addresses may be fetched directly. Off, so that a
link on a page cannot make the crawler read the machine's own network."""

# --- Schedules --------------------------------------------------------------------------------------

JOB_LOCK = False
"""Whether a run of a job (a spider with its arguments) ends at once, with exit code 75, while another one
with the same STATE_DIR does that job. For schedules; off, as several may share a job on purpose."""
POLL_MIN_SECONDS = 600
"""Shortest time between two readings of a feed, sitemap or front page, and the first wait after a failure."""
POLL_MAX_SECONDS = 86_400
"""Longest one; also for those that are gone, and the most that a publisher's own figures can ask for."""
RECHECK_LADDER = [900, 3_600, 10_800, 43_200, 86_400, 259_200, 604_800, 2_592_000]
"""Ages in seconds since publication at which an article is fetched again to see whether it changed: 15
minutes, 1, 3 and 12 hours, 1, 3, 7 and 30 days. Most edits come early; NewsDiffs watched likewise."""

# --- Reading ----------------------------------------------------------------------------------------

READ_WORKERS = max(1, (os.cpu_count() or 2) - 1)
"""Processes that read pages; one core is left to the crawl itself."""
READ_TIMEOUT = 20
"""Seconds for reading one page; the slowest of 937 real pages took 1.5."""
CONCURRENT_ITEMS = 4
"""Scrapy starts this many tasks for each response; 4 costs 25 % less CPU than its default of 100."""

# --- Ledger -----------------------------------------------------------------------------------------

LEASE_BATCH = 64
"""URLs that a run holds at most; what a killed run leaves to others."""
LEASES_PER_HOST = 4
"""URLs of one host that a run holds at most, so that a slow host does not fill the batch. A crawl with
`max_requests` has no such bound: its budget is for the likeliest pages wherever they are."""
HEARTBEAT_SECONDS = 15
"""How often a run says that it is alive."""
LEASE_SECONDS = 90
"""Seconds without a heartbeat after which a run's URLs fall due again (at once when its process is gone)."""
LEDGER_TIMEOUT = 30
"""Seconds to wait for another process that writes the ledger, before the crawl ends with a word."""
ERROR_TRIES = 3
"""Runs in which a page may fail for a passing cause before it settles as an error."""
ERROR_RETRY_SECONDS = 3600
"""Seconds until a failed page falls due again, doubled with each try."""

# --- Alarms -----------------------------------------------------------------------------------------

SILENCE_HOURS = 12
"""A source is silent (`scrapy ledger alarms`) when in each of up to four weeks before it had something new in
so many different hours of the time that it has been silent for. With 12, no source without fault was told in
65 made-up years (benchmarks/alarms.py)."""
SILENCE_DAYS = 5
"""The same in days, for sources that are slow or read once a day."""
LIST_FAILURES_MAX = 5
"""Failed readings in a row, of all its lists, that make a source silent: two and a half hours of a crawl that
never ends, five of one an hour."""
ERROR_SHARE_MAX = 0.2
"""Share of errors among a source's pages of the last day above which there is an alarm."""
ALARM_MIN_PAGES = 20
"""Pages without which a source's errors and drift are not judged; one with fewer a day is judged by the last
so many of a week."""

# --- Related coverage -------------------------------------------------------------------------------

DUPLICATE_OVERLAP = 0.8
"""Share of the shorter text from which two texts are copies; .8 is where syndicated copies begin
(edited copies .5 to .8, shared agency paragraphs .3 to .5)."""

# --- What ends a crawl well or badly ------------------------------------------------------------------

MAX_FAILED_SHARE = 0.2
"""Share of failed fetches above which a crawl of MIN_FETCHES_FOR_SHARE or more ends with exit code 1."""
MIN_FETCHES_FOR_SHARE = 20

# --- Parts ------------------------------------------------------------------------------------------

ITEM_PIPELINES = STAGES
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.guard.Guard": 50,
    "crawler.middlewares.turns.Turns": 75,
    "crawler.middlewares.robots.RobotsTxt": 100,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.middlewares.politeness.Politeness": 800,
    "crawler.middlewares.raw_pages.RawPages": 890,
}
DOWNLOAD_HANDLERS = dict.fromkeys(("http", "https"), "crawler.stopping.DownloadHandler")
EXTENSIONS = {
    "crawler.extensions.lock.JobLock": 100,
    "crawler.extensions.progress.Progress": 500,
    "crawler.extensions.report.Report": 600,
    "scrapy.extensions.telnet.TelnetConsole": None,
}
FEED_EXPORTERS = {
    "json": "crawler.exporters.ArticleJson",
    "jsonl": "crawler.exporters.ArticleJsonLines",
    "jsonlines": "crawler.exporters.ArticleJsonLines",
    "jl": "crawler.exporters.ArticleJsonLines",
}
FEED_EXPORT_ENCODING = "utf-8"
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
LOG_FORMATTER = "crawler.logformatter.ShortLogFormatter"
LOG_LEVEL = "WARNING"
"""Quiet: the progress line and the report say what happened; `-L INFO` shows Scrapy's own log."""
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

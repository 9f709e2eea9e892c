"""CLEAN, TAG, COMPARE: an Article goes through the stages in this order, and into the archive.

Each stage is one file with one class. It returns the article, or drops it with a named reason: every
article leaves through exactly one counted door (`item_scraped_count`, `item_dropped_reasons_count/NAME`).
"""

STAGES = {
    # reads headline, article_body, access; drops what is no article
    "pipelines.stages.check.CheckStage": 100,
    # reads date_*; writes date_published (announced time where the page says none or nonsense)
    "pipelines.stages.dates.DatesStage": 200,
    # reads in_language, declared_language; counts what is uncertain
    "pipelines.stages.language.LanguageStage": 300,
    # reads fingerprint, site; writes copy_of; drops a second address of the same text
    "pipelines.stages.duplicates.DuplicatesStage": 400,
    # reads the text; writes revision, changes (how the outlet changed an archived article)
    "pipelines.stages.revisions.RevisionsStage": 450,
    # reads relations; counts related coverage by kind
    "pipelines.stages.related.RelatedStage": 500,
    # the only writer: the article is kept when this stage returns it
    "pipelines.stages.store.StoreStage": 900,
}
"""The order of the stages, as Scrapy's ITEM_PIPELINES."""

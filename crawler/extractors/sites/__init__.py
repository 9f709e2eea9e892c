"""One module for each site that the generic extractor reads less well: see `crawler.extractors.site`."""

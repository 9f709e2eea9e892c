"""A real Elasticsearch node for tests and for trying out, built from what Maven Central has."""

# The crawler, and every scrapy command: docker run --rm storytrail scrapy search --help
# 3.11 is the Python that all tests run on; every pinned package has a wheel for it, so nothing is compiled.
FROM python:3.11-slim AS packages
COPY requirements/run.txt /
RUN python -m venv /opt/python \
 && /opt/python/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: \
    --require-hashes -r /run.txt \
 && /opt/python/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim
LABEL org.opencontainers.image.title="Storytrail" \
      org.opencontainers.image.description="Finds the coverage of a story in every language, and keeps it with proof" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/python/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 STATE_DIR=/var/lib/storytrail
RUN useradd --system --uid 10001 --home-dir "$STATE_DIR" --create-home storytrail
COPY --from=packages /opt/python /opt/python
# .dockerignore lets in what runs and nothing else; our code is read from here, not installed
COPY . /app
WORKDIR /app
USER 10001
VOLUME /var/lib/storytrail
HEALTHCHECK CMD ["test", "!", "-e", "/tmp/unhealthy"]
CMD ["docker/crawl", "feeds", "-a", "sources=seeds/sources"]

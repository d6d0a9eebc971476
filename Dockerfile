# The image of a node; with `--target load` that of the load test. What is installed stands in lock files, with hashes.

FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN python -m pip install --no-cache-dir --require-hashes -r requirements-build.lock \
    && python -m venv --without-pip /venv \
    && python -m pip --python /venv/bin/python install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE redis.conf ./
COPY leaderboard leaderboard
RUN python -m pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /dist . \
    && python -m pip --python /venv/bin/python install --no-cache-dir --no-deps --no-index --find-links /dist leaderboard

FROM python:3.13-slim AS load
WORKDIR /load
COPY requirements-load.lock ./
RUN python -m pip install --no-cache-dir --require-hashes -r requirements-load.lock
COPY scripts/evenings evenings
USER 65532:65532
ENV HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/load
ENTRYPOINT ["python", "-m", "locust", "--config", "evenings/locust.conf", "--locustfile", "evenings/locustfile.py"]

FROM python:3.13-slim AS node
COPY --from=build /venv /venv
USER 65532:65532
ENV PATH=/venv/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    LEADERBOARD_HOST=0.0.0.0 LEADERBOARD_DATA_DIR=/tmp/leaderboard
EXPOSE 8000
STOPSIGNAL SIGTERM
# Only whether it lives: whether it should be given work is what the balancer asks, at /readyz.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD \
    ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8000, timeout=2); c.request('GET', '/livez'); exit(c.getresponse().status != 200)"]
ENTRYPOINT ["leaderboard"]
CMD ["serve"]

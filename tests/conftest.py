"""One fixture, two servers: every test that asks for `redis_url` runs on fakeredis and on a real Redis of its own."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis
from playwright.async_api import Browser

from leaderboard.state import embedded
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.store import Store
from tests.browser import Screens, chromium
from tests.nodes import Nodes

hypothesis.settings.register_profile("ours", deadline=None)  # other programs take the processor too
hypothesis.settings.load_profile("ours")

ROOT = Path(__file__).parents[1]
CORPUS = Path(
    os.environ.get("LEADERBOARD_CORPUS") or ROOT.parent / "shared" / "data"
)  # files of others, not ours to pass on
collect_ignore_glob = [] if CORPUS.is_dir() else ["test_corpus*.py"]


def pytest_report_header() -> str:
    return f"corpus: {CORPUS}" if CORPUS.is_dir() else "corpus: none (LEADERBOARD_CORPUS), its tests are left out"


def pytest_xdist_auto_num_workers() -> int:
    """Most tests wait for something more than they work: twice as many as there are processors."""
    return (os.cpu_count() or 1) * 2


LONG = ("test_state_machine.py", "test_docs.py", "test_evening.py", "test_resume.py", "test_screens.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that nobody waits for them at the end."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI nothing is skipped."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if "CI" in os.environ and reporter and reporter.stats.get("skipped"):  # it is there where the results come together
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def own_redis() -> None:
    """There is a Redis server on this machine. Missing: a skip on a laptop, a failure in CI."""
    if embedded.find_binary() is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)("no Redis server on this machine")


@pytest.fixture(scope="session")
def real_redis(own_redis: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real Redis, as `serve` would start it."""
    with embedded.embedded(tmp_path_factory.mktemp("redis")) as own:
        yield own.url


@pytest.fixture(scope="session")
def fake_redis() -> Iterator[str]:
    with embedded._fake() as own:
        yield own.url


@pytest.fixture(params=["fake", "real"])
def redis_url(request: pytest.FixtureRequest) -> str:
    """An empty server of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_redis")
    empty(url)
    return url


@pytest.fixture
def real_url(real_redis: str) -> str:
    """An empty real Redis, for what fakeredis cannot do."""
    empty(real_redis)
    return real_redis


@pytest.fixture(scope="module")
def module_url(real_redis: str) -> str:
    """A real Redis, empty at first, that the tests of a module share: what others empty between them is not this one."""
    url = f"{real_redis}?db=1"
    empty(url)
    return url


def empty(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.flushdb()


@pytest.fixture
async def quizzes(redis_url: str) -> AsyncIterator[Quizzes]:
    quizzes = Quizzes(redis_url)
    quizzes.start()
    yield quizzes
    await quizzes.stop()


@pytest.fixture
def store(quizzes: Quizzes) -> Store:
    return quizzes.store


@pytest.fixture
def nodes(real_url: str, tmp_path: Path) -> Iterator[Nodes]:
    """Starts real node processes on one Redis, and ends them."""
    with Nodes(real_url, tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One for all tests of a module, which share nothing in it."""
    async with chromium() as started:
        yield started


@pytest.fixture
async def screens(browser: Browser) -> AsyncIterator[Screens]:
    """Opens pages in a real browser. Fails the test if one of them had an error that was not expected."""
    screens = Screens(browser)
    yield screens
    await screens.close()
    assert screens.unexpected() == []

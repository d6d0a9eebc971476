"""Where people join: an address that phones can open, as text and as a QR code."""

import re
from xml.etree import ElementTree

import pytest
import segno
from starlette.requests import Request

from leaderboard.addresses import is_loopback
from leaderboard.api import entrance
from leaderboard.config import Settings, load
from tests.nodes import ADMIN, Nodes

HERE = Settings(port=8001)
LAN = Settings(port=8001, lan=True)
PUBLIC = Settings(public_url="https://quiz.example/", lan=True)
BEHIND = Settings(host="0.0.0.0", trusted_proxies=1)
TWO = Settings(trusted_proxies=2)
OURS = "http://192.168.0.7:8001"
LONGEST = ".".join(["a" * 63] * 3 + ["b" * 61])


def request(*headers: tuple[str, str]) -> Request:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    scope = {"type": "http", "method": "GET", "scheme": "http", "path": "/", "query_string": b"", "headers": raw}
    return Request(scope | {"server": ("127.0.0.1", 8001)})


@pytest.mark.parametrize(
    ("settings", "host", "expected"),
    [
        (LAN, "localhost:8001", OURS),
        (LAN, "LOCALHOST", OURS),
        (LAN, "quiz.localhost.", OURS),
        (LAN, "127.0.0.1:8001", OURS),
        (LAN, "127.8.9.1:8001", OURS),
        (LAN, "[::1]:8001", OURS),
        (LAN, "0.0.0.0:8001", OURS),
        (LAN, "192.168.0.9:8001", "http://192.168.0.9:8001"),
        (LAN, "teacher.local:8001", "http://teacher.local:8001"),
        (LAN, "[2001:db8::7]:8001", "http://[2001:db8::7]:8001"),
        (LAN, LONGEST, f"http://{LONGEST}"),
        (LAN, LONGEST + "b" * 9, OURS),
        (LAN, '"><script>alert(1)</script>', OURS),
        (LAN, "evil.example/path?x=", OURS),
        (LAN, "user@evil.example", OURS),
        (LAN, "evil.example:800001", OURS),
        (LAN, "münchen.example", OURS),
        (LAN, "", OURS),
        (HERE, "localhost:9", "http://localhost:9"),
        (HERE, "", "http://127.0.0.1:8001"),
        (HERE, "tunnel.example", "http://tunnel.example"),
        (Settings(host="192.168.0.9"), "?", "http://192.168.0.9:8000"),
        (Settings(host="2001:db8::9"), "?", "http://[2001:db8::9]:8000"),
        (Settings(host="::"), "localhost", "http://192.168.0.7:8000"),
        (PUBLIC, "localhost", "https://quiz.example"),
        (PUBLIC, "evil.example", "https://quiz.example"),
        (BEHIND, "localhost:8000", "http://localhost:8000"),  # where the proxy is from outside, nobody knows
        (BEHIND, "quiz.example", "http://quiz.example"),
    ],
)
def test_the_address(settings: Settings, host: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "lan_address", lambda: "192.168.0.7")
    assert entrance.site(request(("host", host)), settings) == expected


def test_a_request_without_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "lan_address", lambda: "192.168.0.7")
    assert entrance.site(request(), LAN) == OURS


@pytest.mark.parametrize(
    ("settings", "lines", "scheme"),
    [
        (BEHIND, ["https"], "https"),
        (BEHIND, ["HTTPS"], "https"),
        (BEHIND, ["https, http"], "http"),  # the first is what the client wrote
        (TWO, ["https, http"], "https"),
        (TWO, ["https", "http"], "https"),
        (TWO, ["https"], "https"),
        (BEHIND, ["javascript"], "http"),
        (BEHIND, [""], "http"),
        (BEHIND, [], "http"),
        (HERE, ["https"], "http"),  # nobody who may say so
    ],
)
def test_what_proxies_say(settings: Settings, lines: list[str], scheme: str) -> None:
    asked = request(
        ("host", "quiz.example"),
        ("x-forwarded-host", "evil.example"),
        *(("x-forwarded-proto", line) for line in lines),
    )
    assert entrance.site(asked, settings) == f"{scheme}://quiz.example"


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://quiz.example", True),
        ("http://192.168.0.7:8000/", True),
        ("https://[2001:db8::7]:443", True),
        ("", True),
        ("quiz.example", False),
        ("https://quiz.example/path", False),
        ("https://quiz.example?x", False),
        ("https://user@quiz.example", False),
        ("javascript://quiz.example", False),
        ("https://quiz.example\n", False),
    ],
)
def test_the_setting(url: str, good: bool) -> None:
    if good:
        assert load({"LEADERBOARD_PUBLIC_URL": url}, {}).public_url == url
    else:
        with pytest.raises(ValueError, match=r"LEADERBOARD_PUBLIC_URL.*nothing behind it"):
            load({"LEADERBOARD_PUBLIC_URL": url}, {})


@pytest.mark.parametrize("host", ["quiz.example", "10.0.0.1", "localhost.example", "[2001:db8::1]", "", "1.2.3"])
def test_what_is_no_loopback(host: str) -> None:
    assert not is_loopback(host)


def dots(svg: str) -> list[list[int]]:
    """The modules that are drawn dark, from the strokes of the path."""
    root = ElementTree.fromstring(svg)
    assert {name: root.get(name) for name in ("width", "height", "style")} == dict.fromkeys(
        ("width", "height", "style")
    )
    size = int((root.get("viewBox") or "").split()[2])
    light, dark = root
    assert (light.get("fill"), dark.get("stroke")) == ("#fff", "#14213d")
    grid, x, y = [[0] * size for _ in range(size)], 0, 0.0
    for step, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", dark.get("d") or ""):
        if step == "h":
            grid[int(y)][x : x + int(first)] = [1] * int(first)
        x, y = int(first) + (step != "M") * x, float(second or 0) + (step != "M") * y
    return grid


def test_over_http(nodes: Nodes, redis_url: str) -> None:
    node = nodes.start(redis_url)
    quiz, host_token = node.create()
    told = node.http("GET", f"/v1/quizzes/{quiz.lower()}/entrance")
    assert told.json() == {"url": f"{node.base}/?quiz={quiz}", "reachable": False}
    elsewhere = node.http("GET", f"/v1/quizzes/{quiz}/entrance", host_token, headers={"host": "quiz.example"})
    assert elsewhere.json() == {"url": f"http://quiz.example/?quiz={quiz}", "reachable": True}
    drawn = node.http("GET", f"/v1/quizzes/{quiz}/entrance.svg", headers={"host": "quiz.example"})
    assert (drawn.headers["content-type"], drawn.headers["cache-control"]) == ("image/svg+xml", "no-cache")
    assert "script" not in drawn.text
    expected = segno.make(f"http://quiz.example/?quiz={quiz}", micro=False).matrix_iter(border=4)
    assert dots(drawn.text) == [list(row) for row in expected]
    odd = node.http("GET", f"/v1/quizzes/{quiz}/entrance", headers={"host": "[1]"})
    assert odd.json()["url"] == f"http://[1]/?quiz={quiz}"
    for path in ("entrance", "entrance.svg"):
        for nothing in ("NOSUCHQZ", "%3Cscript%3E", "123456"):
            refused = node.http("GET", f"/v1/quizzes/{nothing}/{path}")
            assert (refused.status_code, refused.json()["code"]) == (404, "NO_SUCH_QUIZ")


def test_a_node_for_the_local_network(nodes: Nodes) -> None:
    """It listens on a port that the system chose, and its own address is shown to who came by localhost."""
    node = nodes.start(lan="true")
    port = node.base.rpartition(":")[2]
    quiz, _ = node.create()
    told = node.http("GET", f"/v1/quizzes/{quiz}/entrance", headers={"host": f"localhost:{port}"}).json()
    assert told == {"url": f"{node.base}/?quiz={quiz}", "reachable": "//127." not in node.base}


def test_a_period(nodes: Nodes) -> None:
    node = nodes.start(public_url="https://quiz.example")
    made = node.http(
        "POST", "/v1/quizzes", ADMIN, json={"title": "Daily", "questions": [], "settings": {"period": "day"}}
    )
    board = node.http("GET", f"/v1/quizzes/{made.json()['id']}").json()
    assert "-" in board["id"]
    told = node.http("GET", f"/v1/quizzes/{board['id']}/entrance").json()
    assert told == {"url": f"https://quiz.example/?quiz={board['id']}", "reachable": True}

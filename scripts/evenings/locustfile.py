"""What locust runs: its users are players; hosts come as they are needed."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

from locust import between, events, task
from locust.argument_parser import LocustArgumentParser
from locust.contrib.fasthttp import FastHttpUser
from locust.env import Environment

from evenings import hosting
from evenings.asking import Refused, join
from evenings.playing import Player, play_over_http

DIVIDED = {"--master", "--worker", "--processes"}
if DIVIDED & {argument.partition("=")[0] for argument in sys.argv}:
    sys.exit("For more players start it several times: each process checks its own evenings.")


class ByWebSocket(FastHttpUser):
    """Most people: a page with a socket."""

    weight = 4
    wait_time = between(1, 3)

    @task
    def evening(self) -> None:
        with suppress(Refused):  # it is counted where it happened
            evening = hosting.seat(self.environment)
            Player(self, evening, *join(self, evening)).play()


class ByHttp(FastHttpUser):
    """The others: programs that ask again and again."""

    weight = 1
    wait_time = between(1, 3)

    @task
    def evening(self) -> None:
        with suppress(Refused):
            evening = hosting.seat(self.environment)
            play_over_http(self, evening, *join(self, evening))


@events.init_command_line_parser.add_listener
def options(parser: LocustArgumentParser) -> None:
    parser.add_argument("--room", type=int, default=25, help="Players of one quiz. (25)")
    parser.add_argument("--questions", type=int, default=5, help="Questions of one quiz. (5)")
    parser.add_argument("--time-limit", type=int, default=10, help="Seconds for one question, 5 at least. (10)")


@events.init.add_listener
def prepare(environment: Environment, **_: Any) -> None:
    """Say at once what is missing."""
    chosen = environment.parsed_options
    chosen.admin_token = admin_token()
    if not chosen.admin_token:
        sys.exit(
            "LEADERBOARD_ADMIN_TOKEN, or LEADERBOARD_ADMIN_TOKEN_FILE, says with whose authority quizzes are made."
        )
    if chosen.time_limit < 5 or chosen.room < 1 or not 1 <= chosen.questions <= 100:
        sys.exit("A question has 5 seconds at least, a quiz 1 to 100 questions, a room one player.")
    try:
        build_opener(ProxyHandler({})).open(f"{environment.host}/livez", timeout=5).close()
    except OSError as error:
        sys.exit(f"No node answers at {environment.host}: {error}. Name another one with --host.")


def admin_token() -> str:
    """The one that is set; else that of a node which was started here with nothing set."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    made = Path(os.environ.get("LEADERBOARD_DATA_DIR") or Path(state) / "leaderboard") / "admin.token"
    if token := os.environ.get("LEADERBOARD_ADMIN_TOKEN"):
        return token
    with suppress(OSError):
        return Path(os.environ.get("LEADERBOARD_ADMIN_TOKEN_FILE") or made).read_text().strip()
    return ""


@events.test_stop.add_listener
def settle(environment: Environment, **_: Any) -> None:
    hosting.end_all(environment)


@events.quitting.add_listener
def judge(environment: Environment, **_: Any) -> None:
    """Failures make the exit status 1 by themselves; so does an evening that nobody could check."""
    checks = environment.stats.get(hosting.CHECK, "CHECK")
    if checks.num_requests == 0:
        print("Nothing was checked: no evening began.", file=sys.stderr)
        environment.process_exit_code = 1

"""Settings: where they come from, what is wrong with them, and who may read them."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from leaderboard.cli import main
from leaderboard.config import SETTINGS, Settings, effective, load, unknown
from leaderboard.masking import MASK

TOKEN = "an-admin-token-of-a-test"


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, list(arguments), env=environment)


def in_force(*arguments: str, **environment: str) -> dict[str, dict[str, Any]]:
    """What `config --json` says, by name."""
    done = run("config", "--json", *arguments, **environment)
    assert done.exit_code == 0, done.output
    return {row["name"]: row for row in json.loads(done.output)["settings"]}


def test_each_setting_says_what_it_means_and_has_a_flag_unless_it_is_a_secret() -> None:
    assert list(SETTINGS) == list(Settings.__struct_fields__)
    shown = " ".join(run("serve", "--help").output.split())
    for setting in SETTINGS.values():
        assert setting.meaning.endswith(".")
        assert (f"{setting.flag.replace('/', ' / ')} " in shown and setting.meaning in shown) != setting.secret, setting
    assert {name for name, setting in SETTINGS.items() if setting.secret} == {"admin_token", "mail_secret"}


def test_where_each_comes_from(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN + "\n")
    found = in_force(
        *("--port", "9001", "--lan"),
        LEADERBOARD_PORT="9000",
        LEADERBOARD_SIGN_UP="open",
        LEADERBOARD_ADMIN_TOKEN_FILE=str(tmp_path / "token"),
    )
    sources = {name: (row["value"], row["source"], row["where"]) for name, row in found.items()}
    assert sources["port"] == ("9001", "flag", "--port")
    assert sources["lan"] == ("true", "flag", "--lan")
    assert sources["sign_up"] == ("open", "environment", "LEADERBOARD_SIGN_UP")
    assert sources["admin_token"] == (MASK, "file", f"LEADERBOARD_ADMIN_TOKEN_FILE={tmp_path / 'token'}")
    assert sources["host"] == ("127.0.0.1", "default", "")
    assert found["session_days"]["unit"] == "days"


def test_no_secret_is_shown() -> None:
    environment = {
        "LEADERBOARD_ADMIN_TOKEN": TOKEN,
        "LEADERBOARD_MAIL_SECRET": "of-the-letters",
        "LEADERBOARD_REDIS_URL": "redis://somebody:of-redis@redis:6379",
    }
    for arguments in (["config"], ["config", "--json"], ["config", "--check"]):
        said = run(*arguments, **environment).output
        assert not [secret for secret in (TOKEN, "of-the-letters", "of-redis") if secret in said]
    assert "redis://somebody:***@redis:6379" in run("config", **environment).output
    wrong = run("serve", LEADERBOARD_REDIS_URL="http://somebody:of-redis@redis")
    assert "LEADERBOARD_REDIS_URL, 'http://somebody:***@redis': expected an address that begins" in wrong.output


def test_secrets_from_files(tmp_path: Path) -> None:
    url, none, nothing = tmp_path / "url", tmp_path / "none", tmp_path / "nothing"
    url.write_text("redis://:of-redis@redis:6379\n")
    nothing.write_text("\n")
    from_file = {"LEADERBOARD_REDIS_URL_FILE": str(url)}
    assert load(from_file, {}).redis_url == "redis://:of-redis@redis:6379"
    assert load(from_file, {"redis_url": "redis://other"}).redis_url == "redis://other"
    wrong = {
        "are both set": from_file | {"LEADERBOARD_REDIS_URL": "redis://other"},
        "No such file": {"LEADERBOARD_MAIL_SECRET_FILE": str(none)},
        "Is a directory": {"LEADERBOARD_MAIL_SECRET_FILE": str(tmp_path)},
        "is empty": {"LEADERBOARD_ADMIN_TOKEN_FILE": str(nothing)},
    }
    for says, environment in wrong.items():
        [mistake] = effective(environment, {}).mistakes
        assert says in mistake
        assert "of-redis" not in mistake
        done = run("serve", **environment)
        assert (done.exit_code, done.output) == (1, f"Error: {mistake}\n")
    for content, says in (
        (b"\xff\xfe\xff", "expected text"),
        (b"x" * 4097, "at most 4096"),
        (b"one of two lines\nanother one", "on one line"),
        ("sechzehn Zeichen, für alles".encode(), "ASCII"),
    ):
        nothing.write_bytes(content)
        assert says in effective(wrong["is empty"], {}).mistakes[0]
    assert effective({"LEADERBOARD_HOST": "\udcff"}, {}).mistakes == ["LEADERBOARD_HOST: expected text in UTF-8."]


def test_all_mistakes_at_once() -> None:
    wrong = {
        "LEADERBOARD_PORT": "many",
        "LEADERBOARD_MAX_SOCKETS": "0",
        "LEADERBOARD_SIGN_UP": "all",
        "LEADERBOARD_LIMITS": "adress=1/2",
        "LEADERBOARD_MAX_SOCKET": "5",
    }
    checked = run("config", "--check", **wrong)
    assert checked.exit_code == 1
    assert [line.split(",")[0].split(" is")[0] for line in checked.output.splitlines()] == [
        "LEADERBOARD_PORT",
        "LEADERBOARD_SIGN_UP",
        "LEADERBOARD_MAX_SOCKETS",
        "LEADERBOARD_LIMITS",
        "LEADERBOARD_MAX_SOCKET",
    ]
    assert "expected one of open, invite, closed" in checked.output
    as_json = run("config", "--check", "--json", **wrong)
    assert as_json.exit_code == 1
    assert json.loads(as_json.output)["mistakes"] == checked.output.splitlines()
    served = run("serve", **wrong)
    assert served.exit_code == 1
    assert served.output.count("\n") == 4, "what is unknown does not keep a node from serving"
    right = run("config", "--check", LEADERBOARD_PORT="9000")
    assert (right.exit_code, right.output) == (0, "All settings are right.\n")


def test_what_a_variable_may_have_meant() -> None:
    assert unknown({"LEADERBOARD_PORT": "1", "PATH": "x", "LEADERBOARD_MAIL_SECRET_FILE": "x"}) == []
    assert unknown({"LEADERBOARD_ADMIN_TOKN": "x"}) == [
        "LEADERBOARD_ADMIN_TOKN is no setting; did you mean LEADERBOARD_ADMIN_TOKEN?"
    ]
    assert unknown({"LEADERBOARD_XYZ": "x"}) == ["LEADERBOARD_XYZ is no setting."]
    kubernetes = effective({"LEADERBOARD_PORT": "tcp://10.0.0.1:8000"}, {}).mistakes
    assert "enableServiceLinks" in kubernetes[0]

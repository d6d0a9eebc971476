"""A node with a quiz, and a token for each role."""

from typing import Any

from leaderboard.api import OPERATIONS
from leaderboard.quiz.access import Role
from tests.nodes import ADMIN, QUESTIONS, Node

PASSWORD = "a-password-of-the-tests"
LONG = [question | {"time_limit": 3600} for question in QUESTIONS]


class World:
    """A node with a quiz, and a token for each role."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.owner = self.account("owner@example.org", "host")
        self.key_token = self.make("/v1/keys", self.owner, name="key", verbs=["*"], quizzes=["*"])["token"]
        made = self.make("/v1/quizzes", self.owner, title="Test", questions=LONG)
        self.quiz, self.host_token = made["id"], made["host_token"]
        self.player, self.player_token = node.join(self.quiz, "Ana")
        self.document = self.make("/v1/library", self.owner, title="Kept", questions=QUESTIONS)["id"]
        self.organizer = self.account("organizer@example.org", "host")  # of other quizzes
        self.member = self.account("member@example.org", "player")
        self.admin_account = self.account("admin@example.org", "admin")

    def make(self, path: str, token: str, **body: Any) -> dict[str, Any]:
        reply = self.node.http("POST", path, token, json=body)
        assert reply.status_code == 201, reply.text
        made: dict[str, Any] = reply.json()
        return made

    def account(self, email: str, role: str) -> str:
        """A session of a new account."""
        self.make("/v1/admin/accounts", ADMIN, email=email, password=PASSWORD, name=role, role=role)
        return self.session(email)

    def session(self, email: str) -> str:
        token: str = self.make("/v1/sessions", "", email=email, password=PASSWORD)["token"]
        return token

    def token(self, role: Role) -> str:
        tokens: dict[Role, str] = {
            Role.ANYONE: "",
            Role.PLAYER: self.player_token,
            Role.HOST: self.host_token,
            Role.ACCOUNT: self.member,
            Role.ORGANIZER: self.organizer,
            Role.SERVICE: self.key_token,
            Role.ADMIN: ADMIN,
        }
        return tokens[role]

    def code(self, verb: str, token: str) -> str:
        """Ask for it with a body that says nothing; what was refused, or ''."""
        op = OPERATIONS[verb]
        if verb == "delete_quiz":  # which it then refuses whoever may
            self.node.http("POST", f"/v1/quizzes/{self.quiz}/open", self.host_token, json={"question": 0})
        values = {"quiz": self.quiz, "player": self.player, "code": self.quiz} | dict.fromkeys(
            ("account", "session", "key", "letter", "team", "season", "document", "number", "owner", "media", "node"),
            "nobody",
        )
        path = op.path.format(**values)
        options = {"content": b"[]"} if op.has_body else {}
        reply = self.node.http(op.method, path, token, **options)
        assert reply.status_code < 500, reply.text
        if reply.status_code < 400:
            return ""
        code: str = reply.json()["code"]
        return code

"""Who may do what: one table for HTTP and the socket. What does not stand in it, nobody may do.

A request comes as one of these, and perhaps as several: an account that owns a quiz is also its host.
"""

from enum import StrEnum


class Role(StrEnum):
    """In what capacity somebody asks."""

    ANYONE = "anyone"  # also without a token
    PLAYER = "player"  # of this quiz, by a player's token
    HOST = "host"  # of this quiz, by the host's token or as its owner
    ACCOUNT = "account"  # signed in
    ORGANIZER = "organizer"  # signed in, with the role host
    SERVICE = "service"  # an API key, as far as its scope goes
    ADMIN = "admin"  # the admin token, or signed in with the role admin


_ALL = frozenset(Role)
_SOCKET = frozenset({Role.ANYONE, Role.PLAYER, Role.HOST})  # which takes no other tokens
_NOT_OF_A_QUIZ = _ALL - {Role.PLAYER, Role.HOST}  # their tokens are good for one quiz, at its addresses
_HOST = frozenset({Role.HOST, Role.SERVICE, Role.ADMIN})
_PLAYER = frozenset({Role.PLAYER})
_ACCOUNT = frozenset({Role.ACCOUNT})
_ORGANIZER = frozenset({Role.ORGANIZER, Role.ADMIN})
_KEEPER = frozenset({Role.ORGANIZER, Role.SERVICE, Role.ADMIN})
_ADMIN = frozenset({Role.ADMIN})

OF_LIBRARIES = (
    *("keep", "library", "document", "replace_document", "delete_document", "import", "vocabulary", "export_document"),
    *("put_question", "insert_question", "delete_question", "reorder", "duplicate", "archive", "play"),
    *("keep_media", "media", "delete_media"),
)

ACCESS: dict[str, frozenset[Role]] = {
    # quizzes, for all
    "create": _KEEPER,
    "show": _ALL,
    "entrance": _ALL,
    "entrance_svg": _ALL,
    "board": _ALL,
    "team_board": _ALL,
    "standing": _ALL,
    "periods": _ALL,
    "code": _NOT_OF_A_QUIZ,
    "hello": _SOCKET,
    "ping": _SOCKET,
    # playing
    "join": _ALL,
    "answer": _PLAYER,
    "draw": _PLAYER,
    "buy": _PLAYER,
    "release": _PLAYER,
    "pool": _PLAYER | _HOST,
    "explain": frozenset({Role.PLAYER, Role.HOST, Role.SERVICE, Role.ADMIN}),
    # hosting
    **dict.fromkeys(
        ("open", "close", "next", "skip", "pause", "resume", "extend", "lock", "freeze", "reveal", "extra", "adjust"),
        _HOST,
    ),
    **dict.fromkeys(("preview", "correct", "undo", "finish", "reset"), _HOST),
    **dict.fromkeys(("score", "delete_quiz", "rehearse"), _HOST),
    **dict.fromkeys(("admit", "rename", "remove", "assign", "pin", "people"), _HOST),
    **dict.fromkeys(("results", "ledger", "counts", "quiz_audit", "export_quiz"), _HOST),
    **dict.fromkeys(("register_team", "register_teams", "teams", "team"), _HOST),
    **dict.fromkeys(("change_team", "remove_team", "team_token"), _HOST),
    "cohost": frozenset({Role.HOST, Role.ADMIN}),
    # libraries: everybody has one of their own
    **dict.fromkeys(OF_LIBRARIES, _KEEPER),
    "content": _NOT_OF_A_QUIZ,
    # seasons
    **dict.fromkeys(("make_season", "change_season", "delete_season"), _KEEPER),
    **dict.fromkeys(("season", "season_board"), _NOT_OF_A_QUIZ),
    # accounts
    **dict.fromkeys(("register", "sign_in", "ask_reset", "reset_password"), _NOT_OF_A_QUIZ),
    **dict.fromkeys(("sign_out", "sessions", "revoke_session", "revoke_sessions"), _ACCOUNT),
    **dict.fromkeys(("profile", "change_profile", "change_password", "delete_profile", "export"), _ACCOUNT),
    **dict.fromkeys(("history", "hosted"), _ACCOUNT),
    **dict.fromkeys(("make_key", "keys", "revoke_key"), frozenset({Role.ORGANIZER})),
    "invite": _ORGANIZER,
    # running the server
    **dict.fromkeys(("accounts", "make_account", "change_account", "delete_account", "reset_link"), _ADMIN),
    **dict.fromkeys(("audit", "dead_letters", "replay_letter", "nodes", "drain", "running", "limits"), _ADMIN),
}


def may(verb: str, roles: frozenset[Role]) -> bool:
    """Whether somebody with these roles may do this."""
    return not roles.isdisjoint(ACCESS.get(verb, ()))

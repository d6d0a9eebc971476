"""Requests over HTTP, each counted under the name of what it does."""

import random
from uuid import uuid4

import gevent
from locust.contrib.fasthttp import FastHttpUser

from evenings.evening import Evening, Json

TRIES = 3
AGAIN = {0, 429, 502, 503, 504}  # nobody there, or somebody who says: later
NAMES = ("Aria", "Jonas", "Minh", "Linh", "Sofía", "Yuki", "Noah", "Chioma", "Mateo", "Ingrid", "Arjun", "Zoë")


class Refused(Exception):
    """The server said no, or nothing; it stands among the failures already."""


def ask(user: FastHttpUser, method: str, path: str, name: str, token: str = "", body: Json | None = None) -> Json:
    """The JSON of the reply. As people do, it tries again what did not work, and each failure counts. Raises Refused."""
    headers = {"idempotency-key": str(uuid4())} | ({"authorization": f"Bearer {token}"} if token else {})
    for tries in range(TRIES):
        if tries:
            gevent.sleep(random.uniform(0.5, 1.5))
        with user.client.request(method, path, name=name, json=body, headers=headers, catch_response=True) as reply:
            if reply.ok:
                found: Json = reply.json() if reply.content else {}
                return found
            reply.failure(f"{reply.status_code} {reply.text or reply.error}")
        if reply.status_code not in AGAIN:
            break
    raise Refused(name)


def join(user: FastHttpUser, evening: Evening) -> tuple[str, str]:
    """Enter by the PIN. Returns who one has become, and the token. Raises Refused."""
    name = f"{random.choice(NAMES)} {uuid4().hex[:8]}"
    joined = ask(user, "POST", f"/v1/quizzes/{evening.pin}/players", "join by PIN", body={"name": name})
    evening.enter(joined["id"])
    return joined["id"], joined["token"]

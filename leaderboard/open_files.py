"""How many files a process may have open: each connection is one."""

import contextlib
import resource

SPARE_FILES = 64  # of a node, for Redis and itself, which must not be without because clients have them all


def raise_file_limit() -> None:
    """Take as many as the system gives without asking."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

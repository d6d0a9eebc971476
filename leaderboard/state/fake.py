"""`python -m leaderboard.state.fake`: fakeredis on a free port of the loopback interface, printed to standard output."""

import sys
from typing import Any

import redis
from fakeredis import TcpFakeServer
from fakeredis._clients._tcp_server import TCPFakeRequestHandler


class Handler(TCPFakeRequestHandler):
    """fakeredis's own handler closes the connection after every error reply; Redis does not."""

    def setup(self) -> None:
        super().setup()
        read = self.current_client.read_response

        def read_response(*args: Any, **options: Any) -> Any:
            try:
                return read(*args, **options)
            except redis.ResponseError as error:
                return error

        self.current_client.read_response = read_response  # type: ignore[method-assign]


def main() -> None:
    server = TcpFakeServer(("127.0.0.1", 0), server_version=(7, 0))
    server.RequestHandlerClass = Handler
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    sys.stdout.close()
    server.serve_forever()


if __name__ == "__main__":
    main()

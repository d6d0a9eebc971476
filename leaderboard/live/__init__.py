"""This node's sockets: what comes in from them, and what goes out to all of them."""

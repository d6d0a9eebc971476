"""For those who run it: logs and health."""

"""The rules of the game, pure: no network, no clock, no store."""

"""A quiz played by simulated players against this very node, to see what it holds."""

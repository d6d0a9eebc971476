"""The load test: whole evenings, played by hosts and players of all kinds at once."""

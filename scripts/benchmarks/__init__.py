"""What the server costs, beside references measured in the same run. `scripts/bench` runs it; Linux only."""

"""The truth: the data layout, the transitions as Lua scripts, and the way to them."""

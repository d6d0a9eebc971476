-- Where a player plays: on the board, or aside, where no board shows them. Returns the score, false if nowhere, and the zset.
local function place_of(board, aside, player)
  local score = redis.call('ZSCORE', board, player)
  if score then return score, board end
  return redis.call('ZSCORE', aside, player), aside
end

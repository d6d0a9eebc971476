-- Give a player on the board, or aside, the zset score of a new total. `before`: the one until now, false for none; `grouped`: meta's.
-- What groups need is made where there are any: each function that a script defines costs it time whenever it runs.
local function put(place, player, score, before, grouped)
  redis.call('ZADD', place, score, player)
  if place ~= board or (grouped or redis.call('HGET', meta, 'grouped')) ~= '1' then return end
  local names = redis.call('HGET', labels, 'of:' .. player)
  if not names then return end
-- include: groups
  regroup(names, player, before, score)
end

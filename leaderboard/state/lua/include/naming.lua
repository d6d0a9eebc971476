-- A player's card with another name. name: JSON.
local function renamed(card, player, name)
  return with_team(card_of(player, name), string.match(card, ',"team":"(%d+)"}$') or '')
end

-- Give a player another card, and its name to nobody else but when they are `out`.
local function call_player(names, joined, player, old, new, fold, look, out)
  local it = read_joiner(redis.call('HGET', joined, player))
  free_name(names, player, it)
  it.fold, it.look = fold, look
  if not out then redis.call('HSET', names, fold, player, look, player) end
  redis.call('HSET', joined, player, write_joiner(it))
  redis.call('HSET', players, player, new)
  amend_shown(old, new)
end

-- What must be known of a joiner later, a line each: token (SHA-256), origin, what is unique of the name, and who it is outside the
-- quiz, which alone may be of any form.
local JOINER = '^([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n(.*)$'

local function read_joiner(text)
  local token, origin, fold, look, user = string.match(text or '\n\n\n\n', JOINER)
  return {token = token, origin = origin, fold = fold, look = look, user = user}
end

local function write_joiner(it)
  return table.concat({it.token, it.origin, it.fold, it.look, it.user}, '\n')
end

-- A player as boards show them. name: JSON.
local function card_of(player, name)
  return '{"id":"' .. player .. '","name":' .. name .. '}'
end

-- Whether another player has one of these names.
local function name_taken(names, player, fold, look)
  local owners = redis.call('HMGET', names, fold, look)
  return (owners[1] and owners[1] ~= player) or (owners[2] and owners[2] ~= player)
end

-- Let others have a player's name.
local function free_name(names, player, it)
  for _, key in ipairs({it.fold, it.look}) do
    if redis.call('HGET', names, key) == player then redis.call('HDEL', names, key) end
  end
end

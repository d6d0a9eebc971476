-- The corrections, by number from 1: JSON. `kept:…` → what only the server may know of it,
-- `id:…` → the number that a request made, `undone:…` → the number that took one back.

local function undone(corrections, number)
  return number ~= '' and redis.call('HEXISTS', corrections, 'undone:' .. number) == 1
end

-- Note a correction. `members` is JSON without braces, `kept` JSON. Returns its number.
local function note(corrections, id, undoes, now, members, kept)
  local number = redis.call('HINCRBY', corrections, 'last', 1)
  redis.call('HSET', corrections, whole(number), '{"number":' .. whole(number) .. ',"at":' .. whole(now) .. ',' .. members .. '}',
    'kept:' .. whole(number), kept, 'id:' .. id, whole(number))
  if undoes ~= '' then redis.call('HSET', corrections, 'undone:' .. undoes, whole(number)) end
  return number
end

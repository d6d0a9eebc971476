-- The corrections, by number from 1: JSON. `kept:…` → what only the server may know of it,
-- `id:…` → the number that a request made and what it asked for, `undone:…` → the number that took one back.

local function undone(corrections, number)
  return number ~= '' and redis.call('HEXISTS', corrections, 'undone:' .. number) == 1
end

-- The number that this request has made before, nil if it is new, 0 if the id was used for something else. id: with what it asks for.
local function made_before(corrections, id)
  local name, asked = string.match(id, '^(.*) (%x+)$')
  local number, before = string.match(redis.call('HGET', corrections, 'id:' .. name) or '', '^(%d+) (%x+)$')
  return number and (asked == before and tonumber(number) or 0)
end

-- Note a correction. `members` is JSON without braces, `kept` JSON. Returns its number.
local function note(corrections, id, undoes, now, members, kept)
  local number = redis.call('HINCRBY', corrections, 'last', 1)
  local name, asked = string.match(id, '^(.*) (%x+)$')
  redis.call('HSET', corrections, whole(number), '{"number":' .. whole(number) .. ',"at":' .. whole(now) .. ',' .. members .. '}',
    'kept:' .. whole(number), kept, 'id:' .. name, whole(number) .. ' ' .. asked)
  if undoes ~= '' then redis.call('HSET', corrections, 'undone:' .. undoes, whole(number)) end
  return number
end

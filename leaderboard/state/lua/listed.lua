-- Read a page of a list, newest first.
--
-- KEYS[1] list     zset
-- KEYS[2] records  hash; there is none for a list without
-- ARGV[1] cursor   the last entry of the page before, or ''
-- ARGV[2] limit
--
-- Returns {the last entry if others follow, else ''; entry, time, record or '' of each}. Publishes nothing.
-- Errors  MALFORMED

local list, records, cursor, limit = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])
local first = 0
if cursor ~= '' then
  local place = redis.call('ZREVRANK', list, cursor)
  if not place then return redis.error_reply('MALFORMED The cursor is none that a page of this list gave.') end
  first = place + 1
end
local found = redis.call('ZREVRANGE', list, first, first + limit - 1, 'WITHSCORES')
local out = {redis.call('ZCARD', list) > first + #found / 2 and found[#found - 1] or ''}
for i = 1, #found, 2 do
  out[#out + 1], out[#out + 2] = found[i], found[i + 1]
  out[#out + 1] = records and redis.call('HGET', records, found[i]) or ''
end
return out

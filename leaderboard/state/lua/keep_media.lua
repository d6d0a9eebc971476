-- Keep a part of a picture or sound. With the last one it is there.
--
-- KEYS[1] media    zset
-- KEYS[2] kinds    hash
-- KEYS[3] used     hash
-- KEYS[4] content  string
-- ARGV[1] id       made of the content
-- ARGV[2] kind     media type
-- ARGV[3] size     bytes of the whole
-- ARGV[4] first    the place of the part's first byte
-- ARGV[5] part
-- ARGV[6] most bytes of the library
-- ARGV[7] rest_ms  for how long the parts wait for the next one
--
-- Returns {1 all of it is there or 0}. Publishes nothing.
-- Errors  UNAUTHORIZED, LIBRARY_FULL, MOVED_ON
-- include: clock room

local media, kinds, used, content = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, size, first, part = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
if redis.call('HEXISTS', kinds, id) == 1 then return {1} end
if closed(used) then return redis.error_reply('UNAUTHORIZED') end
if full(used, cost_of(size), ARGV[6]) then return redis.error_reply('LIBRARY_FULL') end
if redis.call('STRLEN', content) < first then return redis.error_reply('MOVED_ON') end -- there would be a hole

redis.call('SETRANGE', content, first, part) -- the same bytes, whoever brings them and however often
if first + #part < size then
  redis.call('PEXPIRE', content, ARGV[7])
  return {0}
end
redis.call('PERSIST', content)
redis.call('ZADD', media, whole(clock_ms()), id)
redis.call('HSET', kinds, id, whole(size) .. ' ' .. ARGV[2])
redis.call('HINCRBY', used, 'bytes', whole(cost_of(size)))
return {1}

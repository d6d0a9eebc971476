-- Take a picture or sound out of a library.
--
-- KEYS[1] media    zset
-- KEYS[2] kinds    hash
-- KEYS[3] used     hash
-- KEYS[4] content  string
-- ARGV[1] id
-- ARGV[2] rest_ms  for how long who reads it just now may go on
--
-- Returns {1 done or 0 there is none}. Publishes nothing.
-- Errors  none
-- include: room

local kinds, id = KEYS[2], ARGV[1]
local kind = redis.call('HGET', kinds, id)
if not kind then return {0} end

redis.call('ZREM', KEYS[1], id)
redis.call('HDEL', kinds, id)
redis.call('HINCRBY', KEYS[3], 'bytes', '-' .. string.format('%.0f', cost_of(tonumber(string.match(kind, '^%d+')))))
redis.call('PEXPIRE', KEYS[4], ARGV[2])
return {1}

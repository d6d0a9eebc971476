-- Make a season, or change one.
--
-- KEYS[1] season  hash
-- ARGV[1] seen    its version when it was looked at; '' to make one
-- ARGV[2] proof   of the request that makes it
-- ARGV[3…] fields and values
--
-- Returns {1 done or 0 was done already, version}. Publishes nothing.
-- Errors  ID_REUSED, NO_SUCH_SEASON, MOVED_ON
-- include: clock

local season, seen = KEYS[1], ARGV[1]
local version, proof = unpack(redis.call('HMGET', season, 'version', 'proof'))
if seen == '' and version then
  if proof ~= ARGV[2] then return redis.error_reply('ID_REUSED') end
  return {0, tonumber(version)}
end
if seen ~= '' and not version then return redis.error_reply('NO_SUCH_SEASON') end
if seen ~= '' and version ~= seen then return redis.error_reply('MOVED_ON') end
if seen == '' then redis.call('HSET', season, 'proof', ARGV[2], 'created_at', whole(clock_ms())) end
redis.call('HSET', season, unpack(ARGV, 3))
return {1, redis.call('HINCRBY', season, 'version', 1)}

-- Give out another host's token.
--
-- KEYS[1] meta     hash
-- KEYS[2] tokens   hash
-- ARGV[1] token    SHA-256 of the new token
-- ARGV[2] most     so many may be given out
--
-- Returns {1 given or 0 was given already}. Publishes nothing.
-- Errors  NO_SUCH_QUIZ, OUT_OF_RANGE

local given = redis.call('HMGET', KEYS[1], 'epoch', 'cohosts')
if not given[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return {0} end
if tonumber(given[2] or '0') >= tonumber(ARGV[2]) then return redis.error_reply('OUT_OF_RANGE A quiz has that many hosts already.') end
redis.call('HSET', KEYS[2], ARGV[1], '@host')
redis.call('HINCRBY', KEYS[1], 'cohosts', 1)
return {1}

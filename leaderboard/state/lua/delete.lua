-- Forget an account, if it has joined no further quiz since its names in quizzes were taken away.
--
-- KEYS[1] emails     hash
-- KEYS[2] everybody  zset
-- KEYS[3] joined     zset
-- KEYS[4] account    hash
-- KEYS[5…] everything else that is kept of it
-- ARGV[1] account    ID
-- ARGV[2] joined     how many quizzes
--
-- Returns {1 forgotten or 0 there was none}. Publishes nothing.
-- Errors  MOVED_ON

local emails, everybody, joined, account = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local email = redis.call('HGET', account, 'email')
if not email then return {0} end
if redis.call('ZCARD', joined) ~= tonumber(ARGV[2]) then return redis.error_reply('MOVED_ON') end

redis.call('HDEL', emails, email)
redis.call('ZREM', everybody, ARGV[1])
for i = 3, #KEYS do redis.call('UNLINK', KEYS[i]) end
return {1}

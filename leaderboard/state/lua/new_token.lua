-- Give a registered team another token: the one before is useless, and its sockets are closed.
--
-- KEYS[1] meta     hash
-- KEYS[2] tokens   hash
-- KEYS[3] joined   hash
-- KEYS[4] feed     channel
-- KEYS[5] seats    hash
-- KEYS[6] details  hash
-- ARGV[1] player
-- ARGV[2] token    SHA-256
--
-- Returns {1 given or 0 had it already}. Publishes the seat that only newer sockets have.
-- Errors  NO_SUCH_QUIZ, NO_SUCH_TEAM
-- include: clock joiner

local meta, tokens, joined, feed, seats, details = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local player, token = ARGV[1], ARGV[2]
local epoch = redis.call('HGET', meta, 'epoch')
if not epoch then return redis.error_reply('NO_SUCH_QUIZ') end
if redis.call('HEXISTS', details, player) == 0 then return redis.error_reply('NO_SUCH_TEAM') end
local it = read_joiner(redis.call('HGET', joined, player))
if it.token == token then return {0} end

redis.call('HDEL', tokens, it.token)
redis.call('HSET', tokens, token, player)
it.token = token
redis.call('HSET', joined, player, write_joiner(it))
local seat = whole(redis.call('HINCRBY', seats, player, 1))
redis.call('PUBLISH', feed, '{"type":"seat","epoch":"' .. epoch .. '","player":"' .. player .. '","version":' .. seat .. '}')
return {1}

-- Let a player in, with no points.
--
-- KEYS[1] meta     hash
-- KEYS[2] board    zset
-- KEYS[3] players  hash
-- KEYS[4] online   zset
-- KEYS[5] shown    string
-- KEYS[6] feed     channel
-- KEYS[7] tokens   hash
-- ARGV[1] player
-- ARGV[2] card     JSON object, glued into boards as it is
-- ARGV[3] token    SHA-256 of the player's token
--
-- Returns {1 joined or 0 was in already, version, milliseconds until the board is due or 0}. Publishes the board when due.
-- Errors  NO_SUCH_QUIZ, FINISHED, NO_SUCH_PLAYER
-- include: clock board

local player, card, token = ARGV[1], ARGV[2], ARGV[3]
local tokens = KEYS[7]

local about = redis.call('HMGET', meta, 'phase', 'version', 'published_at', 'board_interval_ms')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
local owner = redis.call('HGET', tokens, token)
if owner == player then return {0, tonumber(about[2]), 0} end
if owner or redis.call('HEXISTS', players, player) == 1 then return redis.error_reply('NO_SUCH_PLAYER') end
if about[1] == 'finished' then return redis.error_reply('FINISHED') end

local now = clock_ms()
local version = next_version()
redis.call('HSET', players, player, card)
redis.call('HSET', tokens, token, player)
redis.call('ZADD', board, tie_score(0, version), player)
return {1, version, show_if_due(version, now, tonumber(about[3]), tonumber(about[4]))}

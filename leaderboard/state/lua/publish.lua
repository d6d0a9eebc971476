-- Show the board's last change, unless somebody has.
--
-- KEYS[1] meta     hash
-- KEYS[2] board    zset
-- KEYS[3] players  hash
-- KEYS[4] online   zset
-- KEYS[5] shown    string
-- KEYS[6] feed     channel
-- KEYS[7] labels   hash
-- KEYS[8] groups   zset
-- KEYS[9] teams    zset
--
-- Returns {milliseconds until the board is due or 0}. Publishes the board when due.
-- Errors  NO_SUCH_QUIZ
-- include: clock board

local about = redis.call('HMGET', meta, 'version', 'published', 'published_at', 'board_interval_ms')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if about[1] == about[2] then return {0} end
return {show_if_due(tonumber(about[1]), clock_ms(), tonumber(about[3]), tonumber(about[4]))}

-- Let the public board stand still, until it is revealed. The true board goes on underneath.
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
-- KEYS[10] state    string
-- ARGV[1] term     of the host, or ''
--
-- Returns {1 frozen or 0 was frozen already, version}. Publishes the state and the board.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER
-- include: clock board state host

local about = redis.call('HMGET', meta, 'hidden', 'version', 'host_term', 'hold', 'correcting')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(ARGV[1], about[3]) then return redis.error_reply('TAKEN_OVER') end
if about[1] ~= '' then return {0, tonumber(about[2])} end

local now = clock_ms()
local version = next_version()
redis.call('HSET', meta, 'hidden', 'all')
show_state_again(now)
show(version, now, not is_held('', about[4], about[5]))
return {1, version}

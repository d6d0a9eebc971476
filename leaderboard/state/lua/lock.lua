-- Let nobody join any more, or let them in again. A locked quiz has no PIN.
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
-- ARGV[1] locked   '1' or '0'
-- ARGV[2] term     of the host, or ''
--
-- Returns {1 changed or 0 was so already, version, the PIN that is free again or ''}. Publishes the state.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER
-- include: clock board state host

local about = redis.call('HMGET', meta, 'locked', 'version', 'host_term', 'pin')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(ARGV[2], about[3]) then return redis.error_reply('TAKEN_OVER') end
if about[1] == ARGV[1] then return {0, tonumber(about[2]), ''} end

local version = next_version()
redis.call('HSET', meta, 'locked', ARGV[1], 'pin', '')
show_state_again(clock_ms())
return {1, version, about[4] or ''}

-- Stop the clock: of the open question, or of what would happen next by itself. Nobody can answer meanwhile.
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
-- Returns {1 paused or 0 was paused already, version}. Publishes the state.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER, WRONG_PACING, FINISHED, NOT_OPEN
-- include: clock board state host

local about = redis.call('HMGET', meta, 'phase', 'paused_at', 'version', 'deadline', 'next_at', 'host_term', 'pacing')
local phase = about[1]
if not phase then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(ARGV[1], about[6]) then return redis.error_reply('TAKEN_OVER') end
if about[7] == 'self' or about[7] == 'draw' then return redis.error_reply('WRONG_PACING') end
if phase == 'finished' then return redis.error_reply('FINISHED') end
if about[2] ~= '0' then return {0, tonumber(about[3])} end
local now = clock_ms()
local counting = phase ~= 'question' and about[5] ~= '0'
if not counting and (phase ~= 'question' or now > tonumber(about[4])) then return redis.error_reply('NOT_OPEN') end

local version = next_version()
redis.call('HSET', meta, 'paused_at', whole(now))
show_state_again(now)
return {1, version}

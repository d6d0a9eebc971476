-- Give everybody more time for the open question. Points fall as fast as before; past the time limit they fall no further.
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
-- ARGV[1] question
-- ARGV[2] closes_at  that the host saw: sent twice it happens once
-- ARGV[3] more_ms
-- ARGV[4] most_ms    that a question may be open
-- ARGV[5] term       of the host, or ''
--
-- Returns {1 extended or 0 was so already, version, milliseconds until its time is over}. Publishes the state.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER, WRONG_PACING, NOT_OPEN, MOVED_ON, OUT_OF_RANGE
-- include: clock board state host

local more_ms = tonumber(ARGV[3])
local about = redis.call('HMGET', meta, 'phase', 'question', 'opened_at', 'closes_at', 'deadline', 'paused_at', 'host_term', 'version', 'pacing')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(ARGV[5], about[7]) then return redis.error_reply('TAKEN_OVER') end
if about[9] == 'self' or about[9] == 'draw' then return redis.error_reply('WRONG_PACING') end
local now = clock_ms()
local deadline = tonumber(about[5])
if about[1] ~= 'question' or about[2] ~= ARGV[1] or (about[6] == '0' and now > deadline) then return redis.error_reply('NOT_OPEN') end
if tonumber(about[4]) == ARGV[2] + more_ms then return {0, tonumber(about[8]), deadline - now + 1} end
if ARGV[2] ~= about[4] then return redis.error_reply('MOVED_ON') end
if about[4] + more_ms - about[3] > tonumber(ARGV[4]) then return redis.error_reply('OUT_OF_RANGE') end

local version = next_version()
redis.call('HSET', meta, 'closes_at', whole(about[4] + more_ms), 'deadline', whole(deadline + more_ms))
show_state_again(now)
return {1, version, deadline + more_ms - now + 1}

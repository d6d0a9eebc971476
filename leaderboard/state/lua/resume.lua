-- Let the clock go on where it was stopped: all its times move by as long as it stood.
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
-- Returns {1 resumed or 0 was not paused, version, milliseconds until something is due, or 0}. Publishes the state.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER
-- include: clock board state host

local about = redis.call('HMGET', meta, 'phase', 'paused_at', 'version', 'opened_at', 'closes_at', 'deadline', 'next_at', 'host_term')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(ARGV[1], about[8]) then return redis.error_reply('TAKEN_OVER') end
if about[2] == '0' then return {0, tonumber(about[3]), 0} end

local now = clock_ms()
local version = next_version()
local stood_ms = math.max(now - tonumber(about[2]), 0)
local due = tonumber(about[1] == 'question' and about[6] or about[7]) + stood_ms
redis.call('HSET', meta, 'paused_at', '0')
if about[1] == 'question' then
  redis.call('HSET', meta, 'opened_at', whole(about[4] + stood_ms), 'closes_at', whole(about[5] + stood_ms), 'deadline', whole(due))
else
  redis.call('HSET', meta, 'next_at', whole(due))
end
show_state_again(now)
return {1, version, math.max(due - now, 0) + 1}

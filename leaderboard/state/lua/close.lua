-- Close the open question and show its key.
--
-- KEYS[1] meta       hash
-- KEYS[2] board      zset
-- KEYS[3] players    hash
-- KEYS[4] online     zset
-- KEYS[5] shown      string
-- KEYS[6] feed       channel
-- KEYS[7] state      string
-- KEYS[8] questions  hash
-- KEYS[9] keys       hash
-- ARGV[1] question   the one to close, or '' for the current one
-- ARGV[2] due        '1': only if its time is over (what the nodes' timers ask for)
--
-- Returns {1 closed or 0 nothing to do, version, milliseconds until its time is over or 0}.
-- Publishes the state and the board.
-- Errors  NO_SUCH_QUIZ, NOT_OPEN
-- include: clock board state

local question, due = ARGV[1], ARGV[2] == '1'
local questions, keys = KEYS[8], KEYS[9]

local about = redis.call('HMGET', meta, 'phase', 'question', 'closes_at', 'version')
local phase, current = about[1], about[2]
if not phase then return redis.error_reply('NO_SUCH_QUIZ') end
local now = clock_ms()
local mine = phase == 'question' and (question == '' or question == current)
if not mine then
  if due or (phase == 'closed' and (question == '' or question == current)) then return {0, tonumber(about[4]), 0} end
  return redis.error_reply('NOT_OPEN')
end
local left_ms = tonumber(about[3]) - now
if due and left_ms >= 0 then return {0, tonumber(about[4]), left_ms + 1} end

local version = next_version()
redis.call('HSET', meta, 'phase', 'closed')
if left_ms > 0 then redis.call('HSET', meta, 'closes_at', whole(now)) end
show_state(now, redis.call('HGET', questions, current), redis.call('HGET', keys, current))
show(version, now)
return {1, version, 0}

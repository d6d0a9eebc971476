-- Close the open question and show its key and the distribution of the answers.
--
-- KEYS[1] meta       hash
-- KEYS[2] board      zset
-- KEYS[3] players    hash
-- KEYS[4] online     zset
-- KEYS[5] shown      string
-- KEYS[6] feed       channel
-- KEYS[7] labels     hash
-- KEYS[8] groups     zset
-- KEYS[9] teams      zset
-- KEYS[10] state      string
-- KEYS[11] questions  hash
-- KEYS[12] keys       hash
-- KEYS[13] counts    hash
-- ARGV[1] question   the one to close, or '' for the current one
-- ARGV[2] due        '1': only if its time is over (what the nodes' timers ask for)
-- ARGV[3] term       of the host, or ''
--
-- Returns {1 closed or 0 nothing to do, version, milliseconds until something is due again, or 0}.
-- Publishes the state and the board.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER, WRONG_PACING, NOT_OPEN
-- include: clock board state host

local question, due, term = ARGV[1], ARGV[2] == '1', ARGV[3]
local questions, keys, counts = KEYS[11], KEYS[12], KEYS[13]

local about = redis.call('HMGET', meta, 'phase', 'question', 'deadline', 'version', 'closes_at', 'paused_at', 'pacing', 'pause_ms',
  'sum', 'host_term')
local phase, current = about[1], about[2]
if not phase then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(term, about[10]) then return redis.error_reply('TAKEN_OVER') end
local now = clock_ms()
if about[7] == 'self' or about[7] == 'draw' then return redis.error_reply('WRONG_PACING') end
local asked = question == '' or question == current
if phase ~= 'question' or not asked then
  if due or (phase == 'closed' and asked) then return {0, tonumber(about[4]), 0} end
  return redis.error_reply('NOT_OPEN')
end
local left_ms = tonumber(about[3]) - now
if due and about[6] ~= '0' then return {0, tonumber(about[4]), 0} end
if due and left_ms >= 0 then return {0, tonumber(about[4]), left_ms + 1} end

local version = next_version()
local auto = about[7] == 'auto'
redis.call('HSET', meta, 'phase', 'closed', 'hold', '0', 'paused_at', '0', 'closed_sum', about[9],
  'next_at', auto and whole(now + tonumber(about[8])) or '0')
if tonumber(about[5]) > now then redis.call('HSET', meta, 'closes_at', whole(now)) end
show_state(now, redis.call('HGET', questions, current), redis.call('HGET', keys, current), distribution(counts, current))
show(version, now)
return {1, version, auto and tonumber(about[8]) or 0}

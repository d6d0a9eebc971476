-- End the quiz: nobody joins or answers any more, and its PIN is free again.
--
-- Who keeps results for accounts is told by a stream, which is in the slot of the accounts and not in that of the quiz.
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
-- KEYS[11] finished stream
-- ARGV[1] due      '1': only if the time has come (what the nodes' timers ask for)
-- ARGV[2] term     of the host, or ''
--
-- Returns {1 finished or 0 nothing to do, version, milliseconds until it is due or 0, the PIN that it had or ''}. Publishes the state and the board.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER, STILL_OPEN
-- include: clock board state host finished

local due, term = ARGV[1] == '1', ARGV[2]
local about = redis.call('HMGET', meta, 'phase', 'deadline', 'version', 'next_at', 'paused_at', 'host_term', 'pin', 'epoch')
local phase, version = about[1], tonumber(about[3])
if not phase then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(term, about[6]) then return redis.error_reply('TAKEN_OVER') end
if phase == 'finished' then return {0, version, 0, ''} end
local now = clock_ms()
if due then
  local at = tonumber(phase == 'running' and about[2] or about[4])
  if at == 0 or phase == 'question' or about[5] ~= '0' then return {0, version, 0, ''} end
  if now < at then return {0, version, at - now, ''} end
elseif phase == 'question' then
  return redis.error_reply('STILL_OPEN')
end

version = next_version()
redis.call('HSET', meta, 'phase', 'finished', 'next_at', '0', 'paused_at', '0', 'hold', '0', 'pin', '', 'finished_at', whole(now))
show_state(now, 'null', 'null', 'null')
show(version, now)
announce(KEYS[11], about[8], version)
return {1, version, 0, about[7] or ''}

-- Open a question: from now on, by Redis's clock, it can be answered until its time is over. With self pacing: open the quiz.
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
-- ARGV[1] question       -1 with self pacing
-- ARGV[2] after          the question the caller saw last (-1: none), or '' to open whatever came before
-- ARGV[3] time_limit_ms  0 with self pacing
-- ARGV[4] counts         '1' if it gives points, 'void' if nobody's answer counts any more, '0' for a poll
-- ARGV[5] due            '1': only if the time has come (what the nodes' timers ask for)
-- ARGV[6] term           of the host, or ''
--
-- Returns {1 opened or 0 nothing to do, version, milliseconds until its time is over, or until it is due, or 0}.
-- Publishes the state and the board.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER, NO_SUCH_QUESTION, FINISHED, STILL_OPEN, ALREADY_PLAYED, MOVED_ON
-- include: clock board state host

local question, after, limit_ms, due, term = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), ARGV[5] == '1', ARGV[6]
local questions = KEYS[11]

local about = redis.call('HMGET', meta, 'phase', 'question', 'deadline', 'version', 'played', 'reveal', 'slack_ms', 'extra',
  'next_at', 'paused_at', 'host_term', 'ends_at', 'hidden', 'hold', 'correcting')
local phase, current, deadline, version = about[1], tonumber(about[2]), tonumber(about[3]), tonumber(about[4])
if not phase then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(term, about[11]) then return redis.error_reply('TAKEN_OVER') end
local now = clock_ms()
local open = phase == 'running' or phase == 'question'
if due then
  if open or phase == 'finished' or about[9] == '0' or about[10] ~= '0' then return {0, version, 0} end
  if now < tonumber(about[9]) then return {0, version, tonumber(about[9]) - now} end
end
if open and current == question then return {0, version, math.max(deadline - now, 0) + 1} end
if phase == 'finished' then return redis.error_reply('FINISHED') end
if after ~= '' and tonumber(after) ~= current then return redis.error_reply('MOVED_ON') end
if open then return redis.error_reply('STILL_OPEN') end
local view, played = 'null', about[5]
if question >= 0 then
  view = redis.call('HGET', questions, ARGV[1])
  if not view then return redis.error_reply('NO_SUCH_QUESTION') end
  if string.sub(played, question + 1, question + 1) ~= '-' then return redis.error_reply('ALREADY_PLAYED') end
  played = string.sub(played, 1, question) .. '+' .. string.sub(played, question + 2)
end

version = next_version()
local closes_at = question < 0 and tonumber(about[12]) or now + limit_ms
local slack_ms = tonumber(about[7]) + limit_ms * (tonumber(about[8]) - 100) / 100
deadline = question < 0 and closes_at or closes_at + slack_ms
redis.call('HSET', meta, 'phase', question < 0 and 'running' or 'question', 'question', ARGV[1], 'opened_at', whole(now),
  'closes_at', whole(closes_at), 'deadline', whole(deadline), 'answered', '0', 'played', played, 'paused_at', '0', 'next_at', '0',
  'hold', about[6] == 'close' and '1' or '0')
if ARGV[4] ~= '0' then -- `previous` is the round whose right answers go on in this one's streak
  local round, solid = redis.call('HINCRBY', meta, 'round', 1), redis.call('HGET', meta, 'solid')
  redis.call('HSET', meta, 'previous', solid, 'solid', ARGV[4] == '1' and whole(round) or solid)
  redis.call('HSET', meta, 'rounds', redis.call('HGET', meta, 'rounds') .. ARGV[1] .. ' ')
end
show_state(now, view, 'null', 'null')
show(version, now, not is_held(about[13], about[14], about[15]))
return {1, version, deadline > 0 and math.max(deadline - now, 0) + 1 or 0}

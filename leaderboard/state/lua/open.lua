-- Open a question: from now on, by Redis's clock, it can be answered until its time is over.
--
-- KEYS[1] meta       hash
-- KEYS[2] board      zset
-- KEYS[3] players    hash
-- KEYS[4] online     zset
-- KEYS[5] shown      string
-- KEYS[6] feed       channel
-- KEYS[7] state      string
-- KEYS[8] questions  hash
-- ARGV[1] question
-- ARGV[2] after          the question the caller saw last (-1: none), or '' to open whatever came before
-- ARGV[3] time_limit_ms
-- ARGV[4] points
--
-- Returns {1 opened or 0 was open already, version, closes_at, now}. Publishes the state and the board.
-- Errors  NO_SUCH_QUIZ, NO_SUCH_QUESTION, FINISHED, STILL_OPEN, ALREADY_PLAYED, MOVED_ON
-- include: clock board state

local question, after, time_limit_ms, points = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), ARGV[4]
local questions = KEYS[8]

local about = redis.call('HMGET', meta, 'phase', 'question', 'closes_at', 'version', 'played')
local phase, current, closes_at = about[1], tonumber(about[2]), tonumber(about[3])
if not phase then return redis.error_reply('NO_SUCH_QUIZ') end
local now = clock_ms()
local running = phase == 'question' and now <= closes_at
if running and current == question then return {0, tonumber(about[4]), closes_at, now} end
if phase == 'finished' then return redis.error_reply('FINISHED') end
if after ~= '' and tonumber(after) ~= current then return redis.error_reply('MOVED_ON') end
if running then return redis.error_reply('STILL_OPEN') end
local view = redis.call('HGET', questions, ARGV[1])
if not view then return redis.error_reply('NO_SUCH_QUESTION') end
local played = about[5]
if string.sub(played, question + 1, question + 1) ~= '-' then return redis.error_reply('ALREADY_PLAYED') end

local version = next_version()
closes_at = now + time_limit_ms
redis.call('HSET', meta, 'phase', 'question', 'question', ARGV[1], 'opened_at', whole(now), 'closes_at', whole(closes_at),
  'time_limit_ms', ARGV[3], 'points', points, 'answered', '0',
  'played', string.sub(played, 1, question) .. '+' .. string.sub(played, question + 2))
show_state(now, view, 'null')
show(version, now)
return {1, version, closes_at, now}

-- Take a player's answer to the open question and give its points.
--
-- KEYS[1] meta     hash
-- KEYS[2] board    zset
-- KEYS[3] players  hash
-- KEYS[4] online   zset
-- KEYS[5] shown    string
-- KEYS[6] feed     channel
-- KEYS[7] answers  hash, of this question
-- KEYS[8] ledger   stream
-- ARGV[1] player
-- ARGV[2] question
-- ARGV[3] choice   JSON, opaque here
-- ARGV[4] grade    how right it is, 0..1
-- ARGV[5] epoch    of the content that graded it
--
-- Returns {1 taken or 0 a repeat, the record of the first answer (JSON), the player's total, version,
--   milliseconds until the board is due or 0}. Publishes the board when due.
-- Errors  NO_SUCH_QUIZ, NO_SUCH_PLAYER, NOT_OPEN, TOO_LATE, MOVED_ON
-- include: clock board

local player, question, choice, grade, epoch = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local answers, ledger = KEYS[7], KEYS[8]

local about = redis.call('HMGET', meta, 'phase', 'question', 'closes_at', 'opened_at', 'version', 'points', 'time_limit_ms',
  'answered', 'published_at', 'board_interval_ms', 'epoch')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if about[11] ~= epoch then return redis.error_reply('MOVED_ON') end
local score = redis.call('ZSCORE', board, player)
if not score then return redis.error_reply('NO_SUCH_PLAYER') end
local total = math.floor(tonumber(score))
local first = redis.call('HGET', answers, player)
if first then return {0, first, total, tonumber(about[5]), 0} end
if about[2] ~= question or about[1] == 'finished' then return redis.error_reply('NOT_OPEN') end
local now = clock_ms()
if about[1] ~= 'question' or now > tonumber(about[3]) then return redis.error_reply('TOO_LATE') end

-- Full points within half a second, half of them at the deadline (the published Kahoot formula), times the grade.
local elapsed_ms = math.max(0, now - tonumber(about[4]))
local share = elapsed_ms < 500 and 1 or 1 - elapsed_ms / tonumber(about[7]) / 2
local points = math.floor(tonumber(about[6]) * share * grade + 0.5)
local version = tonumber(about[5]) + 1
local record = '{"choice":' .. choice .. ',"ms":' .. whole(elapsed_ms) .. ',"grade":' .. string.format('%.4g', grade)
  .. ',"points":' .. whole(points) .. ',"attempts":1}'

redis.call('HSET', meta, 'version', whole(version), 'answered', whole(tonumber(about[8]) + 1))
redis.call('HSET', answers, player, record)
if points ~= 0 then
  total = total + points
  redis.call('ZADD', board, tie_score(total, version), player)
  redis.call('XADD', ledger, '*', 'player', player, 'delta', whole(points), 'total', whole(total), 'reason', 'answer',
    'question', question, 'version', whole(version))
end
return {1, record, total, version, show_if_due(version, now, tonumber(about[9]), tonumber(about[10]))}

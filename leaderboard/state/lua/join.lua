-- Let a player in, with the points that the quiz gives at the start and, if it is so set, the average of those who came in time.
--
-- KEYS[1] meta     hash
-- KEYS[2] board    zset
-- KEYS[3] players  hash
-- KEYS[4] online   zset
-- KEYS[5] shown    string
-- KEYS[6] feed     channel
-- KEYS[7] state    string
-- KEYS[8] tokens   hash
-- KEYS[9] ledger   stream
-- KEYS[10] runs    hash
-- ARGV[1] player
-- ARGV[2] card     JSON object, glued into boards as it is
-- ARGV[3] token    SHA-256 of the player's token
--
-- Returns {1 joined or 0 was in already, version, milliseconds until the board is due or 0, milliseconds until the first question
--   or 0}. Publishes the board when due, and the state when the first player starts the countdown.
-- Errors  NO_SUCH_QUIZ, FINISHED, LOCKED, ID_REUSED
-- include: clock board state record ledger

local player, card, token = ARGV[1], ARGV[2], ARGV[3]
local tokens, ledger, runs = KEYS[8], KEYS[9], KEYS[10]

local about = redis.call('HMGET', meta, 'phase', 'version', 'published_at', 'board_interval_ms', 'locked', 'start', 'closed_sum',
  'pacing', 'next_at', 'lobby_ms', 'round')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
local owner = redis.call('HGET', tokens, token)
if owner == player then return {0, tonumber(about[2]), 0, 0} end
if owner or redis.call('HEXISTS', players, player) == 1 then return redis.error_reply('ID_REUSED') end
if about[1] == 'finished' then return redis.error_reply('FINISHED') end
if about[5] == '1' then return redis.error_reply('LOCKED') end

local now = clock_ms()
local version = next_version()
local start, total = tonumber(about[6]), tonumber(about[6])
local average = about[7] ~= '' and about[11] ~= '0'
if average then
  local mean = math.floor(tonumber(about[7]) / math.max(1, redis.call('ZCARD', board)))
  total = math.max(start, math.min(mean, 14000000)) -- with all else that can be won it stays below 2^27
end
if about[7] ~= '' and total ~= 0 then
  redis.call('HINCRBY', meta, 'sum', total)
  redis.call('HINCRBY', meta, 'closed_sum', total)
end
redis.call('HSET', players, player, card)
redis.call('HSET', tokens, token, player)
redis.call('ZADD', board, tie_score(total, version), player)
if start ~= 0 then enter(ledger, player, 0, start, 'start', '', 'quiz', version, '') end
if total ~= start then enter(ledger, player, start, total, 'late', '', 'quiz', version, '') end
if total ~= 0 then
  local run = read_run()
  run.start = total
  redis.call('HSET', runs, player, write_run(run))
end
local wait_ms = 0
if about[8] == 'auto' and about[1] == 'lobby' and about[9] == '0' then
  wait_ms = tonumber(about[10])
  redis.call('HSET', meta, 'next_at', whole(now + wait_ms))
  show_state(now, 'null', 'null', 'null')
end
return {1, version, show_if_due(version, now, tonumber(about[3]), tonumber(about[4])), wait_ms}

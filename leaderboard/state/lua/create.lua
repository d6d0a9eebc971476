-- Make a quiz, in its lobby, with an empty board.
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
-- KEYS[10] tokens    hash
-- ARGV[1] epoch             random, made by the caller for this call
-- ARGV[2] head              JSON members that stand in every state message
-- ARGV[3] board_interval_ms
-- ARGV[4] board_rows
-- ARGV[5] host              SHA-256 of the host token
-- ARGV[6…] question, key    JSON, in turn
--
-- Returns {1 made or 0 this very quiz was there already, version}. Publishes the board and the state.
-- Errors  ID_TAKEN
-- include: clock board state

local epoch, head, board_interval_ms, board_rows, host = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local questions, keys, tokens = KEYS[8], KEYS[9], KEYS[10]

local there = redis.call('HGET', meta, 'epoch')
if there == epoch then return {0, 1} end
if there then return redis.error_reply('ID_TAKEN') end

local now = clock_ms()
local count = (#ARGV - 5) / 2
for number = 0, count - 1 do
  redis.call('HSET', questions, whole(number), ARGV[6 + 2 * number])
  redis.call('HSET', keys, whole(number), ARGV[7 + 2 * number])
end
redis.call('HSET', tokens, host, '@host')
redis.call('HSET', meta, 'epoch', epoch, 'version', '1', 'phase', 'lobby', 'question', '-1', 'opened_at', '0',
  'closes_at', '0', 'answered', '0', 'played', string.rep('-', count), 'head', head, 'created_at', whole(now),
  'board_interval_ms', board_interval_ms, 'board_rows', board_rows, 'host', host)
show(1, now)
show_state(now, 'null', 'null')
return {1, 1}

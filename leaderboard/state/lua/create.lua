-- Make a quiz, in its lobby, with an empty board.
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
-- KEYS[13] tokens    hash
-- KEYS[14] roster    hash
-- ARGV[1] epoch      random, made by the caller for this call
-- ARGV[2] host       SHA-256 of the host token
-- ARGV[3] questions  how many
-- ARGV[4] listed     how many keys the roster has
-- ARGV[5…] question, key    JSON, in turn; then key of a name, the name as listed, in turn; then field, value of meta, in turn
--
-- Returns {1 made or 0 this very quiz was there already, version}. Publishes the board and the state.
-- Errors  ID_TAKEN
-- include: clock board state lobby

local epoch, host, count, listed = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local questions, keys, tokens = KEYS[11], KEYS[12], KEYS[13]

local there = redis.call('HMGET', meta, 'host', 'version')
if there[1] == host then return {0, tonumber(there[2])} end -- also if it has been reset since
if there[1] then return redis.error_reply('ID_TAKEN') end

local now = clock_ms()
for number = 0, count - 1 do
  redis.call('HSET', questions, whole(number), ARGV[5 + 2 * number])
  redis.call('HSET', keys, whole(number), ARGV[6 + 2 * number])
end
for i = 5 + 2 * count, 3 + 2 * (count + listed), 2 do redis.call('HSET', KEYS[14], ARGV[i], ARGV[i + 1]) end
redis.call('HSET', tokens, host, '@host')
redis.call('HSET', meta, 'version', '1', 'host', host, 'host_term', '0', 'created_at', whole(now), 'locked', '0', 'extra', '100', 'pin', '',
  unpack(ARGV, 5 + 2 * (count + listed)))
start_over(epoch, count)
show(1, now)
show_state(now, 'null', 'null', 'null')
return {1, 1}

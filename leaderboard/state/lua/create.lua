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
-- KEYS[15] deck      zset
-- KEYS[16] pool      zset
-- ARGV[1] epoch      random, made by the caller for this call
-- ARGV[2] host       SHA-256 of the host token
-- ARGV[3] questions  how many, and how many of each of what follows
-- ARGV[4] listed     names on the roster
-- ARGV[5] named      of the teams
-- ARGV[6] deck       entries
-- ARGV[7…] number, question; number, key; key of a name, the name as listed; label, what it says (pairs in turn, JSON); entries of the
--   deck; then field, value of meta, in turn
--
-- Returns {1 made or 0 this very quiz was there already, version}. Publishes the board and the state.
-- Errors  ID_TAKEN
-- include: clock board state lobby

local epoch, host, count, at = ARGV[1], ARGV[2], tonumber(ARGV[3]), 7
local questions, keys, tokens, roster, deck, pool = KEYS[11], KEYS[12], KEYS[13], KEYS[14], KEYS[15], KEYS[16]

local there = redis.call('HMGET', meta, 'host', 'version')
if there[1] == host then return {0, tonumber(there[2])} end -- also if it has been reset since
if there[1] then return redis.error_reply('ID_TAKEN') end

local now = clock_ms()
local function keep(key, pairs)
  for _ = 1, pairs do
    redis.call('HSET', key, ARGV[at], ARGV[at + 1])
    at = at + 2
  end
end
keep(questions, count)
keep(keys, count)
keep(roster, tonumber(ARGV[4]))
keep(labels, tonumber(ARGV[5]))
for _ = 1, tonumber(ARGV[6]) do
  for _, key in ipairs({deck, pool}) do redis.call('ZADD', key, 0, ARGV[at]) end
  at = at + 1
end
redis.call('HSET', tokens, host, '@host')
redis.call('HSET', meta, 'version', '1', 'host', host, 'host_term', '0', 'created_at', whole(now), 'locked', '0', 'extra', '100', 'pin', '',
  unpack(ARGV, at))
if redis.call('HGET', meta, 'order') ~= 'ascending' then -- there 0 points would be the best
  for team = 1, redis.call('HGET', labels, 'teams') or 0 do redis.call('ZADD', teams, tie_score(0, 1), team) end
end
start_over(epoch, count)
show(1, now)
show_state(now, 'null', 'null', 'null')
return {1, 1}

-- Start over: back to the lobby with the same players, no points, no answers and a new epoch.
--
-- KEYS[1] meta     hash
-- KEYS[2] board    zset
-- KEYS[3] players  hash
-- KEYS[4] online   zset
-- KEYS[5] shown    string
-- KEYS[6] feed     channel
-- KEYS[7] state    string
-- KEYS[8] ledger   stream
-- KEYS[9…] answers hash, of each question
-- ARGV[1] epoch    random, made by the caller for this call
--
-- Returns {1 reset or 0 this very reset was done already, version}. Publishes the state and the board.
-- Errors  NO_SUCH_QUIZ
-- include: clock board state

local epoch = ARGV[1]
local there = redis.call('HMGET', meta, 'epoch', 'version', 'played')
if not there[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if there[1] == epoch then return {0, tonumber(there[2])} end

local now = clock_ms()
local version = next_version()
for i = 8, #KEYS do redis.call('UNLINK', KEYS[i]) end
local score = tie_score(0, version)
local everybody = redis.call('ZRANGE', board, 0, -1)
for first = 1, #everybody, 1000 do
  local scores = {}
  for i = first, math.min(first + 999, #everybody) do
    scores[#scores + 1] = score
    scores[#scores + 1] = everybody[i]
  end
  redis.call('ZADD', board, unpack(scores))
end
redis.call('HSET', meta, 'epoch', epoch, 'phase', 'lobby', 'question', '-1', 'opened_at', '0', 'closes_at', '0',
  'answered', '0', 'played', string.rep('-', #there[3]))
show_state(now, 'null', 'null')
show(version, now)
return {1, version}

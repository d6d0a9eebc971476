-- What some players have: points, rank, and their answer to one question.
--
-- KEYS[1] meta     hash
-- KEYS[2] board    zset
-- KEYS[3] answers  hash, of the question
-- ARGV[1…] players
--
-- Returns {epoch, version, then for each player: points, rank (1 is best), record of the answer (JSON) or ''}; points and rank are
-- 0 for a player who is not there. Changes and publishes nothing.
-- Errors  NO_SUCH_QUIZ

local meta, board, answers = KEYS[1], KEYS[2], KEYS[3]

local about = redis.call('HMGET', meta, 'epoch', 'version')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
local records = redis.call('HMGET', answers, unpack(ARGV))
local out = {about[1], tonumber(about[2])}
for i = 1, #ARGV do
  local rank = redis.call('ZREVRANK', board, ARGV[i])
  out[#out + 1] = rank and math.floor(tonumber(redis.call('ZSCORE', board, ARGV[i]))) or 0
  out[#out + 1] = rank and rank + 1 or 0
  out[#out + 1] = records[i] or ''
end
return out

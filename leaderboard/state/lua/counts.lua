-- How often the questions were answered, and what was chosen.
--
-- KEYS[1] meta     hash
-- KEYS[2] counts   hash
-- KEYS[3…] answers hashes, of all questions in turn
--
-- Returns {played, how many have answered, of each question in turn, then names and values of `counts`}. Changes and publishes nothing.
-- Errors  NO_SUCH_QUIZ

local played = redis.call('HGET', KEYS[1], 'played')
if not played then return redis.error_reply('NO_SUCH_QUIZ') end
local out = {played}
for i = 3, #KEYS do out[i - 1] = redis.call('HLEN', KEYS[i]) end
for _, part in ipairs(redis.call('HGETALL', KEYS[2])) do out[#out + 1] = part end
return out

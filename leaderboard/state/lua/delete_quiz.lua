-- Delete a quiz with all that is kept of it; not while it can be answered.
--
-- KEYS[1] meta  hash
-- KEYS[2] feed  channel
-- KEYS[3…] everything else that is kept of it
-- ARGV[1] version  at which it may be deleted, or '' for any
--
-- Returns {1 deleted or 0 there is none}. Publishes the end of the quiz.
-- Errors  STILL_OPEN, MOVED_ON

local meta, feed, expected = KEYS[1], KEYS[2], ARGV[1]
local about = redis.call('HMGET', meta, 'phase', 'epoch', 'version')
if not about[1] then return {0} end
if about[1] == 'question' then return redis.error_reply('STILL_OPEN') end
if about[1] == 'running' then return redis.error_reply('STILL_OPEN The quiz can still be answered; finish it first.') end
if expected ~= '' and expected ~= about[3] then return redis.error_reply('MOVED_ON') end

redis.call('UNLINK', meta)
for i = 3, #KEYS do redis.call('UNLINK', KEYS[i]) end
redis.call('PUBLISH', feed, '{"type":"gone","epoch":"' .. about[2] .. '","version":' .. about[3] .. '}')
return {1}

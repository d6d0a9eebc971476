-- Tell who keeps results for accounts that points of a finished quiz have changed, after a rebuild.
--
-- The stream is in the slot of the accounts, as in finish.lua.
--
-- KEYS[1] meta      hash
-- KEYS[2] finished  stream
--
-- Returns {1 told or 0 it is not finished}. Publishes nothing.
-- Errors  NO_SUCH_QUIZ
-- include: clock finished

local about = redis.call('HMGET', KEYS[1], 'phase', 'epoch', 'version')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if about[1] ~= 'finished' then return {0} end
announce(KEYS[2], about[2], tonumber(about[3]))
return {1}

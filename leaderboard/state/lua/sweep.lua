-- Forget processes that took finished quizzes, have none left, and have not been seen for long.
--
-- KEYS[1] finished  stream
-- ARGV[1] idle_ms   how long
--
-- Returns {how many}. Publishes nothing.
-- Errors  none

local finished, idle_ms = KEYS[1], tonumber(ARGV[1])
local swept = 0
if redis.call('EXISTS', finished) == 0 or #redis.call('XINFO', 'GROUPS', finished) == 0 then return {0} end
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', finished, 'history')) do
  local about = {}
  for i = 1, #consumer, 2 do about[consumer[i]] = consumer[i + 1] end
  if about.pending == 0 and about.idle >= idle_ms then
    redis.call('XGROUP', 'DELCONSUMER', finished, 'history', about.name)
    swept = swept + 1
  end
end
return {swept}

-- Forget processes that took entries of a stream, have none left, and have not been seen for long.
--
-- KEYS[1] stream
-- ARGV[1] group
-- ARGV[2] idle_ms   how long
--
-- Returns {how many}. Publishes nothing.
-- Errors  none
-- include: consumers

local stream, group, idle_ms = KEYS[1], ARGV[1], tonumber(ARGV[2])
local swept = 0
if not has_group(stream, group) then return {0} end
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
  local about = {}
  for i = 1, #consumer, 2 do about[consumer[i]] = consumer[i + 1] end
  if about.pending == 0 and about.idle >= idle_ms then
    redis.call('XGROUP', 'DELCONSUMER', stream, group, about.name)
    swept = swept + 1
  end
end
return {swept}

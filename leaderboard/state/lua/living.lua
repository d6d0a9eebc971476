-- The nodes that live.
--
-- KEYS[1] seen     zset, node → when it said so last
-- KEYS[2] cards    hash, node → card
-- ARGV[1] lease_ms
--
-- Returns {now, then for each: when it was seen, its card}, all times in ms. Changes and publishes nothing.
-- Errors  none
-- include: clock

local now = clock_ms()
local out = {now}
for _, node in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. whole(now - ARGV[1]), '+inf')) do
  out[#out + 1] = tonumber(redis.call('ZSCORE', KEYS[1], node))
  out[#out + 1] = redis.call('HGET', KEYS[2], node)
end
return out

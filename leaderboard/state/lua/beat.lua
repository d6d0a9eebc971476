-- A node says that it lives, and how; or that it leaves. Those that have said nothing for a lease are forgotten.
--
-- KEYS[1] seen     zset, node → when it said so last
-- KEYS[2] cards    hash, node → card
-- ARGV[1] node
-- ARGV[2] card     JSON; '' for one that leaves
-- ARGV[3] lease_ms
--
-- Returns {nodes that are known}. Publishes nothing.
-- Errors  none
-- include: clock

local seen, cards, node, card = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
local now = clock_ms()

local function forget(gone)
  redis.call('ZREM', seen, gone)
  redis.call('HDEL', cards, gone)
end

if card == '' then
  forget(node)
else
  redis.call('ZADD', seen, whole(now), node)
  redis.call('HSET', cards, node, card)
end
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', whole(now - ARGV[3]), 'LIMIT', 0, 100)) do forget(dead) end
return {redis.call('ZCARD', seen)}

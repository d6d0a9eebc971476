-- A node says that it lives, and hears whether it was asked to leave; or it says that it is gone.
--
-- Those that have said nothing for a lease are forgotten.
--
-- KEYS[1] seen     zset, node → when it said so last
-- KEYS[2] cards    hash, node → card
-- KEYS[3] asked    hash, node → when it was asked to leave
-- ARGV[1] node
-- ARGV[2] card     JSON; '' for one that is gone
-- ARGV[3] lease_ms
--
-- Returns {nodes that are known, 1 if this one was asked to leave, now in ms}. Publishes nothing.
-- Errors  none
-- include: clock

local seen, cards, asked, node, card = KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2]
local now = clock_ms()

local function forget(gone)
  redis.call('ZREM', seen, gone)
  redis.call('HDEL', cards, gone)
  redis.call('HDEL', asked, gone)
end

if card == '' then
  forget(node)
else
  redis.call('ZADD', seen, whole(now), node)
  redis.call('HSET', cards, node, card)
end
-- Who said so later than now did it before the clock was set back: they have a lease from now on, or say so again.
for _, early in ipairs(redis.call('ZRANGEBYSCORE', seen, '(' .. whole(now), '+inf', 'LIMIT', 0, 100)) do
  redis.call('ZADD', seen, whole(now), early)
end
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', whole(now - ARGV[3]), 'LIMIT', 0, 100)) do forget(dead) end
return {redis.call('ZCARD', seen), redis.call('HEXISTS', asked, node), now}

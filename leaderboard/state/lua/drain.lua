-- Ask a node to leave, which it hears with its next beat.
--
-- KEYS[1] seen     zset, node → when it said last that it lives
-- KEYS[2] asked    hash, node → when it was asked to leave
-- ARGV[1] node
-- ARGV[2] lease_ms
--
-- Returns {when it was asked first}. Publishes nothing.
-- Errors  NO_SUCH_NODE
-- include: clock

local seen, asked, node = KEYS[1], KEYS[2], ARGV[1]
local now = clock_ms()

local seen_at = redis.call('ZSCORE', seen, node)
if not seen_at or tonumber(seen_at) <= now - ARGV[2] then return redis.error_reply('NO_SUCH_NODE') end

redis.call('HSETNX', asked, node, whole(now))
return {tonumber(redis.call('HGET', asked, node))}

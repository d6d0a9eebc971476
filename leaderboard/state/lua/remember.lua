-- Note something in a list of an account, which drops its oldest entries. A record is replaced by newer ones only.
--
-- KEYS[1] account  hash
-- KEYS[2] list     zset
-- KEYS[3] records  hash; there is none for a list without
-- ARGV[1] entry
-- ARGV[2] time     by which the list is in order, or '' for now
-- ARGV[3] most     entries
-- ARGV[4] version  of the record
-- ARGV[5] record   JSON that begins with its version
--
-- Returns {1 noted or 0 nothing to do}. Publishes nothing.
-- Errors  NO_SUCH_ACCOUNT
-- include: clock

local account, list, records, entry = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
if redis.call('EXISTS', account) == 0 then return redis.error_reply('NO_SUCH_ACCOUNT') end
local before = records and redis.call('HGET', records, entry)
if before and tonumber(string.match(before, '^{"version":(%d+)')) >= tonumber(ARGV[4]) then return {0} end

local new = redis.call('ZADD', list, 'NX', ARGV[2] ~= '' and ARGV[2] or whole(clock_ms()), entry)
if records then redis.call('HSET', records, entry, ARGV[5]) end
local excess = redis.call('ZCARD', list) - tonumber(ARGV[3])
for _, old in ipairs(excess > 0 and redis.call('ZRANGE', list, 0, excess - 1) or {}) do
  redis.call('ZREM', list, old)
  if records then redis.call('HDEL', records, old) end
end
return {(records or new == 1) and 1 or 0}

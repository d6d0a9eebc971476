-- Take a quiz out of a library.
--
-- KEYS[1] index      zset
-- KEYS[2] terms      hash
-- KEYS[3] summaries  hash
-- KEYS[4] used       hash
-- KEYS[5] document   hash
-- ARGV[1] id
-- ARGV[2] seen       the version that goes; '' for any
--
-- Returns {1 done or 0 there is none}. Publishes nothing.
-- Errors  OUTDATED
-- include: entries

local index, terms, summaries, used, document, id = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], ARGV[1]
local version, changed_at, archived, cost = unpack(redis.call('HMGET', document, 'version', 'changed_at', 'archived', 'cost'))
if not version then return {0} end
if ARGV[2] ~= '' and version ~= ARGV[2] then return redis.error_reply('OUTDATED') end

redis.call('ZREM', index, unpack(entries_of(archived, redis.call('HGET', terms, id), changed_at, id)))
redis.call('HDEL', terms, id)
redis.call('HDEL', summaries, id)
redis.call('HINCRBY', used, 'bytes', '-' .. cost)
redis.call('HINCRBY', used, 'documents', -1)
redis.call('UNLINK', document)
return {1}

-- Keep a quiz in a library, or another version of it.
--
-- KEYS[1] index      zset
-- KEYS[2] terms      hash
-- KEYS[3] summaries  hash
-- KEYS[4] used       hash
-- KEYS[5] document   hash
-- ARGV[1] id
-- ARGV[2] seen       the version that is replaced; '' for a new quiz
-- ARGV[3] proof      of the request
-- ARGV[4] archived   1 or 0
-- ARGV[5] document   JSON
-- ARGV[6] summary    JSON
-- ARGV[7] terms      sorted, with a space before and after each
-- ARGV[8] size       bytes of all that
-- ARGV[9] most bytes of the library
-- ARGV[10] most documents
--
-- Returns {1 done or 0 was done already, version, created_at, changed_at}. Publishes nothing.
-- Errors  UNAUTHORIZED, ID_REUSED, NO_SUCH_DOCUMENT, OUTDATED, LIBRARY_FULL
-- include: clock entries room

local index, terms, summaries, used, document = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, seen, proof, archived = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local MEMORY = 1000 -- bytes for the last changes: a repeat comes within seconds
local known = redis.call('HMGET', document, 'version', 'created_at', 'changed_at', 'archived', 'cost', 'made', 'changes')
local version, created_at, cost = known[1], known[2], cost_of(tonumber(ARGV[8]))
local made, changes = known[6] or '', known[7] or ''
local was, at = string.match(made .. changes, proof .. ' (%d+) (%d+)') -- others may have changed it since
if was then return {0, tonumber(was), tonumber(created_at), tonumber(at)} end
if closed(used) then return redis.error_reply('UNAUTHORIZED') end
if version and seen == '' then return redis.error_reply('ID_REUSED') end
if not version and seen ~= '' then return redis.error_reply('NO_SUCH_DOCUMENT') end
if version and version ~= seen then return redis.error_reply('OUTDATED') end
if not version and (redis.call('HGET', used, 'documents') or 0) + 1 > tonumber(ARGV[10]) then
  return redis.error_reply('LIBRARY_FULL There are ' .. ARGV[10] .. ' quizzes in it, and there cannot be more.')
end
local more = cost - (known[5] or 0)
if full(used, more, ARGV[9]) then return redis.error_reply('LIBRARY_FULL') end

local now = clock_ms()
local change = table.concat({proof, whole((version or 0) + 1), whole(now)}, ' ') .. '\n'
if version then
  redis.call('ZREM', index, unpack(entries_of(known[4], redis.call('HGET', terms, id), known[3], id)))
  redis.call('HSET', document, 'changes', string.match(string.sub(change .. changes, 1, MEMORY), '.*\n'))
else
  created_at = whole(now)
  redis.call('HSET', document, 'created_at', created_at, 'made', change)
  redis.call('HINCRBY', used, 'documents', 1)
end
for _, entry in ipairs(entries_of(archived, ARGV[7], now, id)) do redis.call('ZADD', index, 0, entry) end
version = redis.call('HINCRBY', document, 'version', 1)
redis.call('HINCRBY', used, 'bytes', whole(more))
redis.call('HSET', document, 'document', ARGV[5], 'changed_at', whole(now), 'archived', archived, 'cost', whole(cost))
redis.call('HSET', terms, id, ARGV[7])
redis.call('HSET', summaries, id, table.concat({whole(version), created_at, whole(now), archived, ARGV[6]}, ' '))
return {1, version, tonumber(created_at), now}

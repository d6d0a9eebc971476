-- End a correction: everybody has been graded anew, and may see it.
--
-- After the end it is told by a stream in the slot of the accounts, as by finish.lua.
--
-- KEYS[1] meta       hash
-- KEYS[2] board      zset
-- KEYS[3] players    hash
-- KEYS[4] online     zset
-- KEYS[5] shown      string
-- KEYS[6] feed       channel
-- KEYS[7] labels     hash
-- KEYS[8] groups     zset
-- KEYS[9] teams      zset
-- KEYS[10] state      string
-- KEYS[11] questions  hash
-- KEYS[12] keys       hash
-- KEYS[13] counts    hash
-- KEYS[14] corrections  hash
-- KEYS[15] finished  stream
-- KEYS[16] pool      zset
-- ARGV[1] number     of the correction
-- ARGV[2] question
-- ARGV[3…] entries of the question in the pool, where it can be drawn
--
-- Returns {1 ended or 0 was ended already, version}. Publishes the state and the board.
-- Errors  NO_SUCH_QUIZ
-- include: clock board state pool finished

local number, question = ARGV[1], ARGV[2]
local questions, keys, counts, corrections = KEYS[11], KEYS[12], KEYS[13], KEYS[14]
local about = redis.call('HMGET', meta, 'correcting', 'version', 'phase', 'question', 'played', 'pacing', 'epoch')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if about[1] ~= number then return {0, tonumber(about[2])} end

local now = clock_ms()
local version = next_version()
redis.call('HSET', meta, 'correcting', '')
local open = about[3] == 'question' and about[4] == question -- since the correction began; the reason may tell the key
local known = string.sub(about[5], question + 1, question + 1) == '+' or ((about[6] == 'self' or about[6] == 'draw') and about[3] == 'finished')
if known and not open then -- else nobody needs to know
  redis.call('HSET', meta, 'correction', redis.call('HGET', corrections, number))
end
if about[3] == 'closed' and about[4] == question then
  show_state(now, redis.call('HGET', questions, question), redis.call('HGET', keys, question), distribution(counts, question))
else
  show_state_again(now)
end
local void = is_void(redis.call('HGET', keys, question))
for i = 3, #ARGV do
  local from, to = ARGV[i], shelved(ARGV[i])
  if not void then from, to = to, from end
  if redis.call('ZREM', KEYS[16], from) == 1 then redis.call('ZADD', KEYS[16], 0, to) end
end
show(version, now)
if about[3] == 'finished' then announce(KEYS[15], about[7], version) end
return {1, version}

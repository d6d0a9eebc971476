-- Begin to correct a question: replace its key. Until every player has been graded anew, points are held back.
--
-- KEYS[1] meta     hash
-- KEYS[2] board    zset
-- KEYS[3] players  hash
-- KEYS[4] online   zset
-- KEYS[5] shown    string
-- KEYS[6] feed     channel
-- KEYS[7] labels   hash
-- KEYS[8] groups   zset
-- KEYS[9] teams    zset
-- KEYS[10] state    string
-- KEYS[11] keys     hash
-- KEYS[12] corrections  hash
-- ARGV[1] id       of the request, and what it asks for: sent twice it happens once
-- ARGV[2] question
-- ARGV[3] revision of the key that the host saw
-- ARGV[4] key      JSON of the new one, its revision one higher
-- ARGV[5] correction  JSON members of it, without number and time
-- ARGV[6] undoes   the number of the correction that this takes back, or ''
-- ARGV[7] lease_ms in which another node does not take up the work
-- ARGV[8] term     of the host, or ''
-- ARGV[9] kept     JSON of what only the server may know
--
-- Returns {1 begun or 0 was done already, version, number of the correction}. Publishes the state.
-- Errors  NO_SUCH_QUIZ, ID_REUSED, TAKEN_OVER, NO_SUCH_QUESTION, STILL_OPEN, CORRECTING, MOVED_ON, ALREADY_UNDONE
-- include: clock board state host correction

local id, question, undoes = ARGV[1], ARGV[2], ARGV[6]
local keys, corrections = KEYS[11], KEYS[12]
local about = redis.call('HMGET', meta, 'phase', 'question', 'version', 'epoch', 'correcting', 'host_term')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
local done = made_before(corrections, id)
if done == 0 then return redis.error_reply('ID_REUSED') end
if done then return {0, tonumber(about[3]), done} end
if fenced(ARGV[8], about[6]) then return redis.error_reply('TAKEN_OVER') end
local key = redis.call('HGET', keys, question)
if not key then return redis.error_reply('NO_SUCH_QUESTION') end
if about[1] == 'question' and about[2] == question then return redis.error_reply('STILL_OPEN') end
if about[5] ~= '' then return redis.error_reply('CORRECTING') end
if undone(corrections, undoes) then return redis.error_reply('ALREADY_UNDONE') end
if string.match(key, '"revision":(%d+)') ~= ARGV[3] then return redis.error_reply('MOVED_ON') end

local now = clock_ms()
local version = next_version()
local number = note(corrections, id, undoes, now, ARGV[5], ARGV[9])
redis.call('HSET', keys, question, ARGV[4])
redis.call('HSET', meta, 'correcting', whole(number), 'correcting_until', whole(now + tonumber(ARGV[7])),
  'content', about[4] .. ':' .. redis.call('HINCRBY', meta, 'revision', 1))
show_state_again(now)
return {1, version, number}

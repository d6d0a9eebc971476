-- Show another PIN for joining in the state, or none.
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
-- ARGV[1] pin      that is kept for this quiz, or '' for none
-- ARGV[2] seen     the one that it had; the same one again changes nothing
-- ARGV[3] term     of the host, or ''
--
-- Returns {1 changed or 0 was not, version, the PIN that it has now or ''}. Publishes the state.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER, LOCKED, FINISHED
-- include: clock board state host

local pin, seen = ARGV[1], ARGV[2]
local about = redis.call('HMGET', meta, 'version', 'host_term', 'pin', 'locked', 'phase')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(ARGV[3], about[2]) then return redis.error_reply('TAKEN_OVER') end
if pin == about[3] then return {seen ~= pin and 1 or 0, tonumber(about[1]), pin} end -- else the reply to this very call was lost
if seen ~= about[3] then return {0, tonumber(about[1]), about[3]} end
if pin ~= '' and about[4] == '1' then return redis.error_reply('LOCKED') end
if pin ~= '' and about[5] == 'finished' then return redis.error_reply('FINISHED') end

local version = next_version()
redis.call('HSET', meta, 'pin', pin)
show_state_again(clock_ms())
return {1, version, pin}

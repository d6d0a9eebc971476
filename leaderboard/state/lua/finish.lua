-- End the quiz: nobody joins or answers any more.
--
-- KEYS[1] meta     hash
-- KEYS[2] board    zset
-- KEYS[3] players  hash
-- KEYS[4] online   zset
-- KEYS[5] shown    string
-- KEYS[6] feed     channel
-- KEYS[7] state    string
--
-- Returns {1 finished or 0 was finished already, version}. Publishes the state and the board.
-- Errors  NO_SUCH_QUIZ, STILL_OPEN
-- include: clock board state

local about = redis.call('HMGET', meta, 'phase', 'closes_at', 'version')
local phase = about[1]
if not phase then return redis.error_reply('NO_SUCH_QUIZ') end
if phase == 'finished' then return {0, tonumber(about[3])} end
local now = clock_ms()
if phase == 'question' and now <= tonumber(about[2]) then return redis.error_reply('STILL_OPEN') end

local version = next_version()
redis.call('HSET', meta, 'phase', 'finished')
show_state(now, 'null', 'null')
show(version, now)
return {1, version}

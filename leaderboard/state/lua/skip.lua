-- Pass over a question that has not been played: it will not be opened.
--
-- KEYS[1] meta     hash
-- ARGV[1] question
-- ARGV[2] term     of the host, or ''
--
-- Returns {1 passed over or 0 was so already, version}. Changes no points, publishes nothing.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER, WRONG_PACING, NO_SUCH_QUESTION, ALREADY_PLAYED, FINISHED
-- include: host

local meta, question = KEYS[1], tonumber(ARGV[1])
local about = redis.call('HMGET', meta, 'played', 'version', 'phase', 'host_term', 'pacing')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(ARGV[2], about[4]) then return redis.error_reply('TAKEN_OVER') end
if about[5] == 'self' or about[5] == 'draw' then return redis.error_reply('WRONG_PACING') end
local mark = string.sub(about[1], question + 1, question + 1)
if mark == '' then return redis.error_reply('NO_SUCH_QUESTION') end
if mark == 's' then return {0, tonumber(about[2])} end
if mark ~= '-' then return redis.error_reply('ALREADY_PLAYED') end
if about[3] == 'finished' then return redis.error_reply('FINISHED') end

redis.call('HSET', meta, 'played', string.sub(about[1], 1, question) .. 's' .. string.sub(about[1], question + 2))
return {1, redis.call('HINCRBY', meta, 'version', 1)}

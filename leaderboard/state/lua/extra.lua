-- Give a player more time for each question, from the next one on.
--
-- KEYS[1] meta     hash
-- KEYS[2] board    zset
-- KEYS[3] runs     hash
-- KEYS[4] aside    zset
-- ARGV[1] player
-- ARGV[2] percent  of the time limit
-- ARGV[3] term     of the host, or ''
--
-- Returns {1 changed or 0 was so already, version}. Changes no points, publishes nothing: nobody else needs to know.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER, NO_SUCH_PLAYER, STILL_OPEN
-- include: record host place

local meta, board, runs = KEYS[1], KEYS[2], KEYS[3]
local player, percent = ARGV[1], tonumber(ARGV[2])
local about = redis.call('HMGET', meta, 'version', 'extra', 'phase', 'host_term')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(ARGV[3], about[4]) then return redis.error_reply('TAKEN_OVER') end
if not place_of(board, KEYS[4], player) then return redis.error_reply('NO_SUCH_PLAYER') end
local run = read_run(redis.call('HGET', runs, player))
if run.extra == percent then return {0, tonumber(about[1])} end
if about[3] == 'question' then return redis.error_reply('STILL_OPEN') end

run.extra = percent
redis.call('HSET', runs, player, write_run(run))
redis.call('HSET', meta, 'runs', '1', 'extra', string.format('%.0f', math.max(percent, tonumber(about[2]))))
return {1, redis.call('HINCRBY', meta, 'version', 1)}

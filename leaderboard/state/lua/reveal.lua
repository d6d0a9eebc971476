-- Show a frozen board from the bottom up, down to the places that shall stay hidden; with none of them left it is thawed.
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
-- ARGV[1] hidden   places at the top that are not shown yet
-- ARGV[2] term     of the host, or ''
--
-- Returns {1 revealed or 0 was so far already, version}. Publishes the state and the board.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER, NOT_FROZEN, STILL_OPEN
-- include: clock board state host

local about = redis.call('HMGET', meta, 'hidden', 'version', 'host_term', 'hold')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(ARGV[2], about[3]) then return redis.error_reply('TAKEN_OVER') end
local hidden, version = tonumber(ARGV[1]), tonumber(about[2])
if about[1] == '' then
  if hidden == 0 then return {0, version} end
  return redis.error_reply('NOT_FROZEN')
end
if about[4] == '1' then return redis.error_reply('STILL_OPEN') end
if about[1] ~= 'all' and hidden >= tonumber(about[1]) then return {0, version} end

local now = clock_ms()
version = next_version()
redis.call('HSET', meta, 'hidden', hidden > 0 and whole(hidden) or '')
show_state_again(now)
show(version, now)
return {1, version}

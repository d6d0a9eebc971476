-- See that some players of a group have their entries there, or without players that its team has what the entries give; or mend that.
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
-- ARGV[1] mode     'check', 'mend', or 'empty': forget the entries
-- ARGV[2] group    a tag, or `@` and the number of a team
-- ARGV[3…] players
--
-- Returns {players who should have an entry or without players how many entries there are, how many of them were wrong or 1 if the
--   team was}. Changes no player's points, publishes nothing.
-- Errors  NO_SUCH_QUIZ
-- include: clock board groups

local mode, group = ARGV[1], ARGV[2]
if redis.call('EXISTS', meta) == 0 then return redis.error_reply('NO_SUCH_QUIZ') end
local low, high, number = '[' .. group .. ' ', '(' .. group .. '!', string.match(group, '^@(.*)$')
if mode == 'empty' then return {0, redis.call('ZREMRANGEBYLEX', groups, low, high)} end

local size, wrong, sum = 0, 0, 0
for i = 3, #ARGV do
  local score = redis.call('ZSCORE', board, ARGV[i])
  local names = score and redis.call('HGET', labels, 'of:' .. ARGV[i]) or ''
  if string.find(' ' .. names .. ' ', ' ' .. group .. ' ', 1, true) then
    local entry = entry_of(group, tonumber(score), ARGV[i])
    size = size + 1
    if not redis.call('ZSCORE', groups, entry) then wrong = wrong + 1 end
    if mode == 'mend' then redis.call('ZADD', groups, 0, entry) end
  end
end
if #ARGV > 2 then return {size, wrong} end
if not number then return {redis.call('ZLEXCOUNT', groups, low, high), 0} end

for _, entry in ipairs(redis.call('ZRANGEBYLEX', groups, low, high)) do
  size, sum = size + 1, sum + points_in(entry)
end
local policy, best, order = unpack(redis.call('HMGET', meta, 'team_score', 'team_best', 'order'))
local said = redis.call('HMGET', labels, 'size:' .. number, 'sum:' .. number)
if tonumber(said[1] or 0) ~= size or tonumber(said[2] or 0) ~= sum then wrong = 1 end
if mode == 'mend' then redis.call('HSET', labels, 'size:' .. number, whole(size), 'sum:' .. number, whole(sum)) end
local score = redis.call('ZSCORE', teams, number)
local total = not (order == 'ascending' and size == 0) and team_total(number, policy, best, order)
if policy ~= 'none' and (score and math.floor(tonumber(score))) ~= total then wrong = 1 end
if mode == 'mend' then move_team(number, 0, 0) end
return {size, wrong}

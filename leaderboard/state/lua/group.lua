-- A page of the players of one group, with their places among each other.
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
-- ARGV[1] group    a tag, or `@` and the number of a team
-- ARGV[2] limit    rows at most
-- ARGV[3] around   a player who shall stand in the middle, or ''
-- ARGV[4] cursor   the last entry of the page before, or ''
-- ARGV[5] ties     'first' or 'shared'; '' as the quiz has it
-- ARGV[6] host     '1': also what is held back
--
-- Returns {epoch, version, players of the group, rows (JSON), the last entry if there are more rows, else ''}.
-- Changes and publishes nothing.
-- Errors  NO_SUCH_QUIZ, NO_SUCH_PLAYER, HELD_BACK, NOT_SHOWN
-- include: clock board groups

local group, limit, around, cursor = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local about = redis.call('HMGET', meta, 'epoch', 'version', 'ties', 'hold', 'hidden', 'correcting', 'order', 'privacy')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if ARGV[6] ~= '1' and is_secret(about[5], about[4], about[6]) then return redis.error_reply('HELD_BACK') end
if ARGV[6] ~= '1' and (about[8] or 'open') ~= 'open' then return redis.error_reply('NOT_SHOWN') end
local ties, up = ARGV[5] ~= '' and ARGV[5] or about[3], about[7] == 'ascending'

local low, high = '[' .. group .. ' ', '(' .. group .. '!'
-- How many of the group are ahead of an entry, or of all entries with these points.
local function ahead_of(entry, points)
  if up then return redis.call('ZLEXCOUNT', groups, low, '(' .. (entry or edge(group, points))) end
  return redis.call('ZLEXCOUNT', groups, entry and '(' .. entry or '[' .. edge(group, points + 1), high)
end

local count, first = redis.call('ZLEXCOUNT', groups, low, high), 0
if around ~= '' then
  local score = redis.call('ZSCORE', board, around)
  local entry = score and entry_of(group, tonumber(score), around)
  if not entry or not redis.call('ZSCORE', groups, entry) then return redis.error_reply('NO_SUCH_PLAYER') end
  first = math.max(0, ahead_of(entry) - math.floor(limit / 2))
elseif cursor ~= '' then
  first = ahead_of(cursor) + (redis.call('ZSCORE', groups, cursor) and 1 or 0)
end
local base = up and redis.call('ZLEXCOUNT', groups, '-', '(' .. group .. ' ') or redis.call('ZLEXCOUNT', groups, '[' .. group .. '!', '+')
local last = math.min(first + limit, count) - 1
local entries = last < first and {} or redis.call(up and 'ZRANGE' or 'ZREVRANGE', groups, base + first, base + last)
local ids, ranks, points = {}, {}, {}
for i, entry in ipairs(entries) do
  ids[i], points[i], ranks[i] = string.match(entry, '(%S+)$'), points_in(entry), first + i
  if ties == 'shared' then ranks[i] = points[i] == points[i - 1] and ranks[i - 1] or ahead_of(nil, points[i]) + 1 end
end
return {about[1], tonumber(about[2]), count, rows_of(ids, ranks, points, clock_ms()), last < count - 1 and entries[#entries] or ''}

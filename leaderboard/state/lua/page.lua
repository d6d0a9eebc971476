-- A page of the board as it truly is.
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
-- ARGV[1] limit    rows at most
-- ARGV[2] around   a player who shall stand in the middle, or ''
-- ARGV[3] score    of the last row of the page before, or ''
-- ARGV[4] player   of the last row of the page before, or ''
-- ARGV[5] ties     'first' or 'shared'; '' as the quiz has it
-- ARGV[6] host     '1': all of it, also what is held back
-- ARGV[7] viewer   the player who asks, or ''
-- ARGV[8…] players  whose rows are asked for, in the place of a page
--
-- Returns {epoch, version, players, rows (JSON), score and player of the last row if there are more rows, else ''}.
-- Changes no points, publishes nothing.
-- Errors  NO_SUCH_QUIZ, NO_SUCH_PLAYER, HELD_BACK, NOT_SHOWN
-- include: clock board

local limit, around, score, player, host, viewer = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[6] == '1', ARGV[7]
local about = redis.call('HMGET', meta, 'epoch', 'version', 'ties', 'hold', 'hidden', 'correcting', 'order', 'privacy', 'board_rows')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if not host and is_secret(about[5], about[4], about[6]) then return redis.error_reply('HELD_BACK') end
local ties, order, now = ARGV[5] ~= '' and ARGV[5] or about[3], about[7], clock_ms()
local count = redis.call('ZCARD', board)
local privacy = not host and about[8] or 'open'
local masked, own = privacy == 'pseudonyms', viewer ~= '' and place_in(board, viewer, order)
local low, high = sight(privacy, own, tonumber(about[9]))

-- Byte by byte, as Redis orders ids: Lua's own comparison goes by the language of the machine.
local function smaller(a, b)
  local i = 1
  while i <= #a and string.byte(a, i) == string.byte(b, i) do i = i + 1 end
  return (string.byte(a, i) or -1) < (string.byte(b, i) or -1)
end

-- How many stand before or at the place that a player had with this score. Equal scores stand in the order of their ids.
local function seen_until(had, who)
  if redis.call('ZSCORE', board, who) == had then return place_in(board, who, order) + 1 end
  local up = order == 'ascending'
  local low = redis.call('ZCOUNT', board, up and '-inf' or '(' .. had, up and '(' .. had or '+inf')
  local high = redis.call('ZCOUNT', board, up and '-inf' or had, up and had or '+inf')
  while low < high do
    local middle = math.floor((low + high) / 2)
    local there = placed(board, middle, middle, order)[1]
    if smaller(up and there or who, up and who or there) then low = middle + 1 else high = middle end
  end
  return low
end

-- The place of a player whom the viewer may ask for by their own ID; false or nil for one who has none.
local function may_see(who)
  local place = place_in(board, who, order)
  return place and (who == viewer or (not masked and place >= low and place <= high)) and place
end

-- The rows of the players who are asked for and on the board, best first.
local function asked_for()
  local them, ids, ranks, points = {}, {}, {}, {}
  for i, had in ipairs(redis.call('ZMSCORE', board, unpack(ARGV, 8))) do
    local who = ARGV[7 + i]
    local place = had and may_see(who)
    if place then
      local points = math.floor(tonumber(had))
      them[#them + 1] = {rank_of(place, points, ties, order), who, points}
    end
  end
  table.sort(them, function(a, b) return a[1] < b[1] or (a[1] == b[1] and smaller(a[2], b[2])) end)
  for i, it in ipairs(them) do ranks[i], ids[i], points[i] = it[1], it[2], it[3] end
  return rows_of(ids, ranks, points, now, masked)
end

if #ARGV > 7 then return {about[1], tonumber(about[2]), count, asked_for(), '', ''} end
local pages = privacy ~= 'near' and privacy ~= 'own'
local first = 0
if around ~= '' then
  local place = may_see(around)
  if around ~= viewer and privacy ~= 'open' and not (place and privacy == 'top') then return redis.error_reply('NOT_SHOWN') end
  if not place then return redis.error_reply('NO_SUCH_PLAYER') end
  if place > high then low, high = place, place end -- oneself
  first = math.max(low, place - math.floor(limit / 2))
elseif not pages then
  return redis.error_reply('NOT_SHOWN')
elseif score ~= '' then
  first = seen_until(score, masked and (redis.call('HGET', labels, 'is:' .. player) or '') or player)
end
local last = math.min(first + limit - 1, high)
local edge = pages and last < math.min(count - 1, high) and placed(board, last, last, order) or {'', ''}
if masked and edge[1] ~= '' then edge[1] = string.match(cards_of({edge[1]}, true)[1], '"id":"([^"]+)"') end
return {about[1], tonumber(about[2]), count, rows(math.max(first, 0), last, now, ties, order, masked), edge[2], edge[1]}

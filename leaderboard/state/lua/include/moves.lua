-- What has happened to a player since they were told last. What they were told is kept in `ranks` under told:PLAYER: rank and place, how
-- many stood before them of those that follow, then these, up to five, and up to five behind, all as it was then. Who changed sides since has
-- overtaken them, or was overtaken: that is so whoever of the two is told first, and by which node. While rank and place stay nothing
-- is looked at.
local TOLD = '^(%d+) (%d+) (%d) ?(.*)$'
local NEIGHBOURS, LISTED = 5, 3
local AT_ONCE = 50 -- in one call, so that Redis is not held up when a whole board moves; the others' turn comes with the next

local function note_told(ranks, player, rank, place, order)
  local first = math.max(place - NEIGHBOURS, 0)
  local them = ids_at(board, first, place + NEIGHBOURS, order)
  table.remove(them, place - first + 1)
  redis.call('HSET', ranks, 'told:' .. player, string.format('%d %d %d %s', rank, place, place - first, table.concat(them, ' ')))
end

-- Those of the players who were told who have changed sides and may be named: overtaken ones, overtaking ones, nearest first.
local function changed_sides(listed, before, score, view)
  local them, past, by = {}, {}, {}
  for id in string.gmatch(listed, '%S+') do them[#them + 1] = id end
  if #them == 0 then return past, by end
  local scores, shared, own = redis.call('ZMSCORE', board, unpack(them)), view.ties == 'shared', score
  if shared then own = math.floor(score) end
  local function look(i, side, found)
    local theirs = scores[i] and tonumber(scores[i])
    if not theirs or #found == LISTED then return end
    if side * lead(own, shared and math.floor(theirs) or theirs, view.order) <= 0 then return end
    local place = view.open or place_in(board, them[i], view.order)
    if view.open or (place >= view.low and place <= view.high) then found[#found + 1] = them[i] end
  end
  for i = before, 1, -1 do look(i, 1, past) end
  for i = before + 1, #them do look(i, -1, by) end
  return past, by
end

-- JSON of it, '' for nothing. `text`: what they were told; view: how the board is seen from there. `tell`: they are told now.
local function moves_of(ranks, player, text, rank, place, score, view, tell)
  if text and (not tell or string.find(text, string.format('%d %d ', rank, place), 1, true) == 1) then return '' end
  if text and view.told == AT_ONCE then return '' end
  note_told(ranks, player, rank, place, view.order)
  if not text then return '' end
  view.told = view.told + 1
  local was, stood, before, listed = string.match(text, TOLD)
  was, stood = tonumber(was), tonumber(stood)
  local past, by = changed_sides(listed, tonumber(before), score, view)
  local inside, here = stood < view.size, place < view.size
  local top = inside == here and 'null' or (here and '"entered"' or '"left"')
  if was == rank and #past + #by == 0 and top == 'null' then return '' end
  local them = {unpack(past)}
  for _, id in ipairs(by) do them[#them + 1] = id end
  local cards = #them > 0 and cards_of(them, view.masked) or {}
  return string.format('{"by":%d,"overtook":[%s],"overtaken_by":[%s],"top":%s}', was - rank, table.concat(cards, ',', 1, #past),
    table.concat(cards, ',', #past + 1), top)
end

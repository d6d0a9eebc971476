-- While points are held back the rows shown last stay; there too a player gets another card, or loses the row (new nil).
local function amended(message, card, new)
  local tail = string.sub(card, 2)
  local from, to = string.find(message, tail, 1, true)
  if not from then return message end
  local before, after = string.sub(message, 1, from - 1), string.sub(message, to + 1)
  if new then return before .. string.sub(new, 2) .. after end
  before = string.match(before, '^(.*){"rank"') -- the last one
  if string.sub(after, 1, 1) == ',' then after = string.sub(after, 2)
  elseif string.sub(before, -1) == ',' then before = string.sub(before, 1, -2) end
  return before .. after
end

local function amend_shown(card, new)
  redis.call('SET', shown, amended(redis.call('GET', shown), card, new))
  local all = redis.call('HGET', meta, 'all_rows')
  if all then redis.call('HSET', meta, 'all_rows', amended(all, card, new)) end
end

-- What other programs have sent a player: events, folded in the order of their times and, of equal times, of their ids. `incr` and
-- `decr` add, `set` replaces, `best` keeps the better one; the first `best` or `set` of all is taken as it is.
--
-- Kept of it is a tally: `VALUE COUNT MIXED`, then, a line each, the keys of the last set, of the last best and of the newest event.
-- mixed: something was added since the last set. A key is 16 digits of µs, a space and the id. With these most events need no look at
-- the others, also those that come late. `best` and `newest` may be later than what there is, never earlier; then others are asked.
local SIGN = {incr = 1, decr = -1}
local MOST_IN_PLACE = 10000 -- events of a player that are looked at to put one in its place
local TALLY = '^(-?%d+) (%d+) (%d)\n([^\n]*)\n([^\n]*)\n([^\n]*)$'
local EVENT = '^(%S+) (%d+)([+~])(%l+) (-?%d+) ?(.*)$' -- player, µs, + given or ~ that of arrival, operator, score, user if another

local function read_tally(text)
  if not text then return {value = 0, count = 0, mixed = false, set = '', best = '', newest = ''} end
  local value, count, mixed, set, best, newest = string.match(text, TALLY)
  return {value = tonumber(value), count = tonumber(count), mixed = mixed == '1', set = set, best = best, newest = newest}
end

local function copy_tally(it)
  return {value = it.value, count = it.count, mixed = it.mixed, set = it.set, best = it.best, newest = it.newest}
end

local function write_tally(it)
  return string.format('%d %d %d\n%s\n%s\n%s', it.value, it.count, it.mixed and 1 or 0, it.set, it.best, it.newest)
end

local function stamp(us)
  return string.format('%016.0f', us)
end

-- Whether one key is before another; '' is before all. Byte for byte, as Redis sorts: Lua's own order may be that of a language.
local function earlier(a, b)
  if a == b or b == '' then return false end
  if a == '' then return true end
  local one, other = tonumber(string.sub(a, 1, 16)), tonumber(string.sub(b, 1, 16))
  if one ~= other then return one < other end
  for i = 17, math.min(#a, #b) do
    local c, d = string.byte(a, i), string.byte(b, i)
    if c ~= d then return c < d end
  end
  return #a < #b
end

-- The next event in order.
local function follow(it, event, better)
  local first = it.count == 0
  it.count, it.newest = it.count + 1, event.key
  if event.operator == 'set' then
    it.value, it.set, it.best, it.mixed = event.score, event.key, '', false
  elseif event.operator == 'best' then
    it.value, it.best = first and event.score or better(it.value, event.score), event.key
  else
    it.value, it.mixed = it.value + SIGN[event.operator] * event.score, true
  end
end

-- Add an event. Returns false if the others must be looked at for that.
local function add(it, event, better)
  if it.count == 0 or earlier(it.newest, event.key) then
    follow(it, event, better)
  elseif earlier(event.key, it.set) then
    it.count = it.count + 1
  elseif (SIGN[event.operator] and not earlier(event.key, it.best)) or (event.operator == 'best' and not it.mixed) then
    local best, newest = it.best, it.newest
    follow(it, event, better)
    if earlier(it.best, best) then it.best = best end
    it.newest = newest
  else
    return false
  end
  return true
end

-- Take an event out. Returns false if the others must be looked at for that.
local function drop(it, event)
  local sign = SIGN[event.operator]
  local counted = not earlier(event.key, it.set)
  if counted and not (sign and not earlier(event.key, it.best))
    and not (event.operator == 'best' and not it.mixed and event.score ~= it.value) then return false end
  if counted and sign then it.value = it.value - sign * event.score end
  it.count = it.count - 1
  return true
end

-- The tally of a player's events with one more (`more`) or without the one of a key, found by walking back from the newest to the last
-- set; `old`: the one until now. nil if these are too many. The second result says how many were looked at.
local function refold(timeline, events, player, old, more, without, better)
  local first, last = player .. ' ', '(' .. player .. '!' -- '!' follows the space
  local set = more and more.operator == 'set' and more.key or without ~= old.set and old.set or ''
  if redis.call('ZLEXCOUNT', timeline, '[' .. first .. set, last) > MOST_IN_PLACE then return nil, 0 end
  local list, found = {}, false
  while not found do
    local some, ids = redis.call('ZREVRANGEBYLEX', timeline, last, '[' .. first, 'LIMIT', 0, 1000), {}
    for i, member in ipairs(some) do ids[i] = string.sub(member, #player + 19) end
    local texts = some[1] and redis.call('HMGET', events, unpack(ids)) or {}
    for i, member in ipairs(some) do
      local key = string.sub(member, #player + 2)
      if more and earlier(key, more.key) then
        list[#list + 1], found, more = more, more.operator == 'set', nil
      end
      if found then break end
      if key ~= without then
        local operator, score = string.match(texts[i], '[+~](%l+) (%S+)')
        list[#list + 1], found = {key = key, operator = operator, score = tonumber(score)}, operator == 'set'
      end
      if found then break end
    end
    if #some < 1000 then
      if more and not found then list[#list + 1] = more end
      found = true
    end
    last = '(' .. (some[#some] or '')
  end
  local it = read_tally()
  for i = #list, 1, -1 do follow(it, list[i], better) end
  it.count = old.count + (without and -1 or 1)
  return it, #list
end

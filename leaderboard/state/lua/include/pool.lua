-- Questions that are drawn: each of them is free (its entries are in the pool), held by one player until their lease ends, or closed.
-- An entry is what one may ask for, `DIFFICULTY:TOPIC:` with either left out, and then the same in all entries of a question:
-- `NUMBER:LIMIT_MS:DIFFICULTY:TOPIC`, which is called its tail here.

-- What a player holds: tail, '0' a question, '1' a box that has not been opened, '2' one that has; price and prize of a box.
local function read_held(text)
  local tail, kind, price, prize = string.match(text or '', '^(.*) ([012]) (%d+) (%d+)$')
  if not tail then return nil end
  local number, limit_ms = string.match(tail, '^(%d+):(%d+):')
  return {tail = tail, kind = kind, price = tonumber(price), prize = tonumber(prize), number = tonumber(number), limit_ms = tonumber(limit_ms)}
end

local function write_held(it)
  return it.tail .. ' ' .. it.kind .. ' ' .. whole(it.price) .. ' ' .. whole(it.prize)
end

-- A free question that does not count stays in the pool under entries that nobody can ask for, until it counts again.
local function shelved(entry)
  return '!' .. entry
end

-- Whether a question with this key counts for nothing.
local function is_void(key)
  return string.find(key or '', ',"void":true', 1, true) ~= nil
end

-- What the record of an answer to the question of a box says of it.
local function box_of(it)
  return '"box":[' .. whole(it.price) .. ',' .. whole(it.prize) .. ']'
end

local function entries_of(tail)
  local difficulty, topic = string.match(tail, '^%d+:%d+:([^:]*):(.*)$')
  local out = {'::' .. tail}
  if difficulty ~= '' then out[#out + 1] = difficulty .. '::' .. tail end
  if topic ~= '' then out[#out + 1] = ':' .. topic .. ':' .. tail end
  if #out == 3 then out[4] = difficulty .. ':' .. topic .. ':' .. tail end
  return out
end

-- The tail of the first free question asked for that a player has not had; nil if there is none. number: of a certain one, or ''.
local function choose(pool, asked, number, had)
  local seen, from, most = {}, '[' .. asked .. number, 20
  for n in string.gmatch(had or '', '%d+') do seen[tonumber(n)] = true end
  while true do
    local some = redis.call('ZRANGEBYLEX', pool, from, '[' .. asked .. number .. '\255', 'LIMIT', 0, most)
    for _, entry in ipairs(some) do
      if not seen[tonumber(string.sub(entry, #asked + 1, #asked + 5))] then return string.sub(entry, #asked + 1) end
    end
    if #some < most then return nil end
    from, most = '(' .. some[most], 1000
  end
end

-- Give a question to a player, who alone has it until `ends`.
local function hold(pool, held, leases, player, it, ends)
  redis.call('ZREM', pool, unpack(entries_of(it.tail)))
  redis.call('HSET', held, player, write_held(it))
  redis.call('ZADD', leases, whole(ends), player)
end

-- Take it away again; if it is `free`, anybody can draw it, or could if it counted.
local function let_go(pool, held, leases, player, it, free, void)
  redis.call('HDEL', held, player)
  redis.call('ZREM', leases, player)
  for _, entry in ipairs(free and entries_of(it.tail) or {}) do redis.call('ZADD', pool, 0, void and shelved(entry) or entry) end
end

-- Read a page of a library: the quizzes that have all of the terms asked for.
--
-- KEYS[1] index      zset
-- KEYS[2] terms      hash
-- KEYS[3] summaries  hash
-- ARGV[1] walk       the number of the term whose entries are walked through; 0: of that with the fewest
-- ARGV[2] after      the entry looked at last, or ''
-- ARGV[3] limit
-- ARGV[4] most       entries that are looked at
-- ARGV[5…] of each term: from where to where its entries stand in the index, and how it stands among a quiz's terms: with a space
--   before, and a space after unless words may go on
--
-- Returns {walk, the entry looked at last or '' if no others follow; id and summary of each}. Publishes nothing.
-- Errors  none

local index, terms, summaries = KEYS[1], KEYS[2], KEYS[3]
local walk, after, limit, most = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local BLOCK, TAIL = 100, 27 -- entries read at once; characters of an entry behind its term

local asked, fewest = {}, math.huge
for at = 5, #ARGV, 3 do asked[#asked + 1] = {from = ARGV[at], to = ARGV[at + 1], text = ARGV[at + 2]} end
for number, it in ipairs(walk == 0 and asked or {}) do
  local entries = redis.call('ZLEXCOUNT', index, it.from, it.to)
  if entries < fewest then walk, fewest = number, entries end
end
local walked = asked[walk]

-- Whether a quiz has all terms, and this is the first of its entries on the way.
local function fits(entry, of)
  for _, it in ipairs(asked) do
    if not string.find(of, it.text, 1, true) then return false end
  end
  local first = string.find(of, walked.text, 1, true) + 1
  local term = string.sub(entry, 2, -TAIL - 1)
  return term == '' or string.sub(of, first, first + #term) == term .. ' '
end

local out, looked, from = {walk, ''}, 0, after ~= '' and '(' .. after or walked.from
while looked < most do
  local entries = redis.call('ZRANGEBYLEX', index, from, walked.to, 'LIMIT', 0, BLOCK)
  local ids = {}
  for number, entry in ipairs(entries) do ids[number] = string.sub(entry, -12) end
  local known = #ids > 0 and redis.call('HMGET', terms, unpack(ids)) or {}
  for number, entry in ipairs(entries) do
    if #out == 2 * limit + 2 then
      out[2] = after
      return out
    end
    if fits(entry, known[number]) then out[#out + 1], out[#out + 2] = ids[number], redis.call('HGET', summaries, ids[number]) end
    after = entry
  end
  if #entries < BLOCK then return out end
  looked, from = looked + BLOCK, '(' .. after
end
out[2] = after
return out

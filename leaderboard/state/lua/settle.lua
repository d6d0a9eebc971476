-- Be done with entries of a stream: what they asked for is done, or cannot be, and they are put aside as they were.
--
-- KEYS[1] stream
-- KEYS[2] dead      stream
-- ARGV[1] group
-- ARGV[2] most      that are put aside
-- ARGV[3…] ID, and why it is put aside or '', of each
--
-- Returns {how many nobody was done with}. Publishes nothing.
-- Errors  none

local stream, dead, group, most = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
local MOST_PARTS, LONGEST = 64, 4096 -- of the fields of an entry; further ones, and what is longer, are cut

local function put_aside(id, reason)
  local entry, kept = redis.call('XRANGE', stream, id, id)[1], {}
  for i, part in ipairs(entry and entry[2] or {}) do
    if i <= MOST_PARTS then kept[i] = string.sub(part, 1, LONGEST) end
  end
  kept[#kept + 1] = 'reason'
  kept[#kept + 1] = reason
  redis.call('XADD', dead, 'MAXLEN', '~', most, '*', unpack(kept))
end

local ids, settled = {}, 0
for i = 3, #ARGV, 2 do
  local id, reason = ARGV[i], ARGV[i + 1]
  if reason == '' then
    ids[#ids + 1] = id
  elseif redis.call('XACK', stream, group, id) == 1 then
    put_aside(id, reason)
    redis.call('XDEL', stream, id)
    settled = settled + 1
  end
end
if ids[1] then
  settled = settled + redis.call('XACK', stream, group, unpack(ids))
  redis.call('XDEL', stream, unpack(ids))
end
return {settled}

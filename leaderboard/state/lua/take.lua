-- Take entries of a stream as one of a group.
--
-- First those that failed and are due again, and those that another process has left; then new ones.
--
-- KEYS[1] stream
-- ARGV[1] group
-- ARGV[2] consumer  who takes them
-- ARGV[3] most
-- ARGV[4] retry_ms  after the first failure; it doubles with each of the first six
-- ARGV[5] left_ms   after which another process has left it
--
-- Returns {ID, deliveries with this one, {names and values of its fields} of each}. Publishes nothing. Of a repeat whose first reply was
--   lost, what the first took is due again after retry_ms.
-- Errors  none
-- include: consumers

local stream, group, me, most, retry_ms, left_ms = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if not has_group(stream, group) then redis.call('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM') end

local out, taken = {}, 0
local function take(entry, deliveries)
  if not entry or not entry[2] then return end -- it has been deleted
  taken = taken + 1
  for _, part in ipairs({entry[1], deliveries, entry[2]}) do out[#out + 1] = part end
end

local looked_at = math.max(100, most)
for _, pending in ipairs(redis.call('XPENDING', stream, group, 'IDLE', math.min(retry_ms, left_ms), '-', '+', looked_at)) do
  local id, owner, idle_ms, deliveries = unpack(pending)
  local after_ms = owner == me and retry_ms * 2 ^ math.min(deliveries - 1, 6) or left_ms
  if taken < most and idle_ms >= after_ms then
    take(redis.call('XCLAIM', stream, group, me, '0', id)[1], deliveries + 1)
  end
end
if taken < most then
  local new = redis.call('XREADGROUP', 'GROUP', group, me, 'COUNT', most - taken, 'STREAMS', stream, '>')
  for _, entry in ipairs(new and new[1][2] or {}) do take(entry, 1) end
end
return out

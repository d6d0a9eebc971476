-- Take finished quizzes whose results are to be kept for accounts.
--
-- First those that failed and are due again, and those that another process has left; then new ones.
--
-- KEYS[1] finished  stream
-- ARGV[1] consumer  who takes them
-- ARGV[2] most
-- ARGV[3] retry_ms  after the first failure; it doubles with each
-- ARGV[4] left_ms   after which another process has left it
--
-- Returns {ID, deliveries with this one, quiz, epoch, version of each}. Publishes nothing. Of a repeat whose first reply was lost, what
--   the first took is due again after retry_ms.
-- Errors  none

local finished, me, most, retry_ms, left_ms = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if redis.call('EXISTS', finished) == 0 or #redis.call('XINFO', 'GROUPS', finished) == 0 then
  redis.call('XGROUP', 'CREATE', finished, 'history', '0', 'MKSTREAM')
end

local out, taken = {}, 0
local function take(entry, deliveries)
  if not entry or not entry[2] then return end -- it has been deleted
  local fields = entry[2]
  taken = taken + 1
  for _, part in ipairs({entry[1], deliveries, fields[2] or '', fields[4] or '', fields[6] or ''}) do out[#out + 1] = part end
end

for _, pending in ipairs(redis.call('XPENDING', finished, 'history', 'IDLE', math.min(retry_ms, left_ms), '-', '+', 100)) do
  local id, owner, idle_ms, deliveries = unpack(pending)
  local after_ms = owner == me and retry_ms * 2 ^ (deliveries - 1) or left_ms
  if taken < most and idle_ms >= after_ms then
    take(redis.call('XCLAIM', finished, 'history', me, '0', id)[1], deliveries + 1)
  end
end
if taken < most then
  local new = redis.call('XREADGROUP', 'GROUP', 'history', me, 'COUNT', most - taken, 'STREAMS', finished, '>')
  for _, entry in ipairs(new and new[1][2] or {}) do take(entry, 1) end
end
return out

-- How many may still come at once from one origin: a bucket that holds `most` and fills up within a minute.
local function room_for(crowds, origin, most, now)
  if origin == '' or most == 0 then return 1 end
  local left, at = string.match(redis.call('HGET', crowds, origin) or '', '^(%S+) (%d+)$')
  if left and tonumber(at) > now then return most end -- the clock has been set back
  return left and math.min(most, left + math.max(0, now - at) * most / 60000) or most
end

-- Take one out. A bucket that nobody has used for a minute is full again, and forgotten.
local function let_in(crowds, origin, most, left, now)
  if origin == '' or most == 0 then return end
  redis.call('HSET', crowds, origin, string.format('%.3f %.0f', left - 1, now))
  redis.call('PEXPIRE', crowds, 60000)
end

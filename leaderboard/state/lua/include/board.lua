-- The board, for every script that changes or shows it. Their first six keys are the same.
local meta, board, players, online, shown, feed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]

-- JSON rows of places first..last (from 0, both included), best first. Cards are glued in as Python encoded them.
local function rows(first, last, now)
  local ranked = redis.call('ZREVRANGE', board, first, last, 'WITHSCORES')
  if #ranked == 0 then return '[]' end
  local ids, out = {}, {}
  for i = 1, #ranked, 2 do ids[#ids + 1] = ranked[i] end
  local cards = redis.call('HMGET', players, unpack(ids))
  local leases = redis.call('ZMSCORE', online, unpack(ids))
  for i = 1, #ids do
    local here = leases[i] and tonumber(leases[i]) > now
    out[i] = '{"rank":' .. whole(first + i) .. ',"points":' .. whole(math.floor(tonumber(ranked[2 * i])))
      .. ',"online":' .. (here and 'true' or 'false') .. ',' .. string.sub(cards[i] or '{"id":"' .. ids[i] .. '","name":"?"}', 2)
  end
  return '[' .. table.concat(out, ',') .. ']'
end

-- Publish the board as it is, as `version`, and keep the message for newcomers.
local function show(version, now)
  local about = redis.call('HMGET', meta, 'epoch', 'board_rows', 'answered')
  local message = '{"type":"board","epoch":"' .. about[1] .. '","version":' .. whole(version)
    .. ',"players":' .. whole(redis.call('ZCARD', board))
    .. ',"online":' .. whole(redis.call('ZCOUNT', online, '(' .. whole(now), '+inf'))
    .. ',"answered":' .. about[3]
    .. ',"rows":' .. rows(0, tonumber(about[2]) - 1, now) .. '}'
  redis.call('HSET', meta, 'published_at', whole(now), 'published', whole(version))
  redis.call('SET', shown, message)
  redis.call('PUBLISH', feed, message)
end

-- Publish at once if the last publication is an interval ago. Returns the milliseconds still to wait, 0 when published.
-- A clock that was set back does not hold publication up.
local function show_if_due(version, now, published_at, interval_ms)
  local wait_ms = published_at + interval_ms - now
  if wait_ms > 0 and wait_ms <= interval_ms then return wait_ms end
  show(version, now)
  return 0
end

-- The zset score of a total that was reached with `version`: of two equal totals the one reached first is ahead, for the
-- fraction shrinks with every version. Its floor is the total. 2^25 versions have a place of their own.
local function tie_score(total, version)
  return string.format('%.17g', total + 0.5 - math.min(version, 33554432) / 67108864)
end

-- The next version, for scripts that change who is on the board or online.
local function next_version()
  return redis.call('HINCRBY', meta, 'version', 1)
end

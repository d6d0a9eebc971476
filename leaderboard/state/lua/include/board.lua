-- The board, for every script that changes or shows it. Their first nine keys are the same.
local meta, board, players, online, shown, feed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local labels, groups, teams = KEYS[7], KEYS[8], KEYS[9]

-- The rank from 1 of the place (from 0) of a player with these points: the place itself, or one that equals share.
local function rank_of(place, points, ties)
  if ties ~= 'shared' then return place + 1 end
  return redis.call('ZCOUNT', board, whole(points + 1), '+inf') + 1
end

-- JSON rows of {player, points, rank}. Cards are glued in as Python encoded them.
local function rendered(places, now)
  if #places == 0 then return '[]' end
  local ids, out = {}, {}
  for i, it in ipairs(places) do ids[i] = it[1] end
  local cards = redis.call('HMGET', players, unpack(ids))
  local leases = redis.call('ZMSCORE', online, unpack(ids))
  for i, id in ipairs(ids) do
    local here = leases[i] and tonumber(leases[i]) > now
    out[i] = '{"rank":' .. whole(places[i][3]) .. ',"points":' .. whole(places[i][2])
      .. ',"online":' .. (here and 'true' or 'false') .. ',' .. string.sub(cards[i] or '{"id":"' .. id .. '","name":"?"}', 2)
  end
  return '[' .. table.concat(out, ',') .. ']'
end

-- JSON rows of places first..last (from 0, both included), best first.
local function rows(first, last, now, ties)
  local ranked, places, rank, before = redis.call('ZREVRANGE', board, first, last, 'WITHSCORES'), {}, nil, nil
  for i = 1, #ranked / 2 do
    local points = math.floor(tonumber(ranked[2 * i]))
    if ties ~= 'shared' or i == 1 then rank = rank_of(first + i - 1, points, ties)
    elseif points ~= before then rank = first + i end
    before = points
    places[i] = {ranked[2 * i - 1], points, rank}
  end
  return rendered(places, now)
end

-- JSON rows of the best teams, as a member of the message; nothing where there are no teams.
local function team_rows(most, policy, ties)
  if not policy or policy == 'none' then return '' end
  local ranked, out, rank, before = redis.call('ZREVRANGE', teams, 0, most - 1, 'WITHSCORES'), {}, nil, nil
  for i = 1, #ranked, 2 do
    local points = math.floor(tonumber(ranked[i + 1]))
    if ties ~= 'shared' or points ~= before then rank = (i + 1) / 2 end
    before = points
    local about = redis.call('HMGET', labels, 'team:' .. ranked[i], 'size:' .. ranked[i])
    out[#out + 1] = '{"rank":' .. whole(rank) .. ',"points":' .. whole(points) .. ',"players":' .. (about[2] or '0') .. ','
      .. string.sub(about[1], 2)
  end
  return ',"teams":[' .. table.concat(out, ',') .. ']'
end

-- Whether points are held back: frozen, to be revealed at the close, or being corrected.
local function is_held(hidden, hold, correcting)
  return hidden == 'all' or hold == '1' or correcting ~= ''
end

-- Publish the board as `version`, and keep the message for newcomers. While points are held back the rows stay as they were shown
-- last; when that begins, `fresh` shows them as they are. In the ceremony the first `hidden` places are left out.
local function show(version, now, fresh)
  local about = redis.call('HMGET', meta, 'epoch', 'board_rows', 'answered', 'ties', 'hidden', 'hold', 'correcting', 'team_score')
  local held = is_held(about[5], about[6], about[7])
  local first = tonumber(about[5]) or 0
  local listed
  if held and not fresh then
    local message = redis.call('GET', shown)
    listed = string.sub(message, string.find(message, '"rows":', 1, true) + 7, -2)
  else
    listed = rows(first, first + tonumber(about[2]) - 1, now, about[4]) .. team_rows(tonumber(about[2]), about[8], about[4])
  end
  local message = '{"type":"board","epoch":"' .. about[1] .. '","version":' .. whole(version)
    .. ',"players":' .. whole(redis.call('ZCARD', board))
    .. ',"online":' .. whole(redis.call('ZCOUNT', online, '(' .. whole(now), '+inf'))
    .. ',"answered":' .. about[3] .. ',"held":' .. (held and 'true' or 'false') .. ',"hidden":' .. whole(first)
    .. ',"rows":' .. listed .. '}'
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

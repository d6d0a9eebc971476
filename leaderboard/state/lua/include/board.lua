-- The board, for every script that changes or shows it. Their first nine keys are the same.
local meta, board, players, online, shown, feed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local labels, groups, teams = KEYS[7], KEYS[8], KEYS[9]

-- Places are counted from 0, the best first: by points downwards, or upwards with the order `ascending`.

-- Players and scores, in turn, of the places first..last (both included) of a zset such as the board.
local function placed(zset, first, last, order)
  return redis.call(order == 'ascending' and 'ZRANGE' or 'ZREVRANGE', zset, first, last, 'WITHSCORES')
end

-- The players alone.
local function ids_at(zset, first, last, order)
  return redis.call(order == 'ascending' and 'ZRANGE' or 'ZREVRANGE', zset, first, last)
end

-- The place of a player, false if they have none.
local function place_in(zset, player, order)
  return redis.call(order == 'ascending' and 'ZRANK' or 'ZREVRANK', zset, player)
end

-- How many have better points than these.
local function better(zset, points, order)
  if order == 'ascending' then return redis.call('ZCOUNT', zset, '-inf', '(' .. whole(points)) end
  return redis.call('ZCOUNT', zset, whole(points + 1), '+inf')
end

-- By how many points these are better than those.
local function lead(these, those, order)
  return order == 'ascending' and those - these or these - those
end

-- The rank from 1 of the place of a player with these points: the place itself, or one that equals share.
local function rank_of(place, points, ties, order)
  return (ties == 'shared' and better(board, points, order) or place) + 1
end

-- Who stands before a place, false if nobody does, and what somebody with these points misses to come there: who reaches the
-- same total later stays behind, unless equals share.
local function above(place, points, ties, order)
  if place == 0 then return false, 0 end
  local there = placed(board, place - 1, place - 1, order)
  return there[1], lead(math.floor(tonumber(there[2])), points, order) + (ties == 'shared' and 0 or 1)
end

-- A made-up card for who has none, with an id that leads back to the player. The number says nothing of them: it is that of the
-- microsecond.
local function mask(player)
  local number = redis.call('TIME')[2] + 100000
  while redis.call('HSETNX', labels, 'is:P' .. whole(number), player) == 0 do number = number + 1 end
  local card = '{"id":"P' .. whole(number) .. '","name":"Player ' .. whole(number) .. '"}'
  redis.call('HSET', labels, 'as:' .. player, card)
  return card
end

-- The cards of players, JSON as Python encoded it; `masked`: those that stand for them where names are hidden.
local function cards_of(ids, masked)
  if not masked then return redis.call('HMGET', players, unpack(ids)) end
  local fields = {}
  for i, id in ipairs(ids) do fields[i] = 'as:' .. id end
  local cards = redis.call('HMGET', labels, unpack(fields))
  for i, id in ipairs(ids) do cards[i] = cards[i] or mask(id) end
  return cards
end

-- JSON rows of these players, who have these ranks and points.
local function rows_of(ids, ranks, points, now, masked)
  if #ids == 0 then return '[]' end
  local out, cards = {}, cards_of(ids, masked)
  local leases = redis.call('ZMSCORE', online, unpack(ids))
  for i = 1, #ids do
    local here = leases[i] and tonumber(leases[i]) > now
    out[i] = string.format('{"rank":%d,"points":%d,"online":%s,%s', ranks[i], points[i], here and 'true' or 'false',
      string.sub(cards[i] or '{"id":"' .. ids[i] .. '","name":"?"}', 2))
  end
  return '[' .. table.concat(out, ',') .. ']'
end

-- JSON rows of the best teams, as a member of the message; nothing where there are no teams.
local function team_rows(most, policy, ties, order)
  if not policy or policy == 'none' then return '' end
  local ranked, out, rank, before = placed(teams, 0, most - 1, order), {}, nil, nil
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

-- JSON rows of places first..last (both included), best first.
local function rows(first, last, now, ties, order, masked)
  if last < first then return '[]' end
  local ranked = placed(board, first, last, order)
  local ids, ranks, points = {}, {}, {}
  for i = 1, #ranked / 2 do
    ids[i], points[i] = ranked[2 * i - 1], math.floor(tonumber(ranked[2 * i]))
    if i == 1 then ranks[i] = rank_of(first, points[i], ties, order)
    else ranks[i] = ties == 'shared' and points[i] == points[i - 1] and ranks[i - 1] or first + i end
  end
  return rows_of(ids, ranks, points, now, masked)
end

-- Whether points are held back: frozen, to be revealed at the close, or being corrected.
local function is_held(hidden, hold, correcting)
  return hidden == 'all' or hold == '1' or correcting ~= ''
end

-- Whether ranks are: also while the ceremony goes on.
local function is_secret(hidden, hold, correcting)
  return hidden ~= '' or hold == '1' or correcting ~= ''
end

local NEAR = 3 -- places above and below oneself

-- The first and the last place that somebody at the place `own` (false for nowhere) may see; `size`: rows of the board.
local function sight(privacy, own, size)
  if privacy == 'near' then return own and own - NEAR or 0, own and own + NEAR or -1 end
  if privacy == 'own' then return own or 0, own or -1 end
  return 0, privacy == 'top' and size - 1 or math.huge
end

-- The rows of a message, and whatever follows them.
local function rows_in(message)
  return string.sub(message, string.find(message, '"rows":', 1, true) + 7, -2)
end

-- Publish the board as `version`, and keep the message for newcomers. While points are held back the rows stay as they were shown
-- last; when that begins, `fresh` shows them as they are. In the ceremony the first `hidden` places are left out. Where not everybody
-- may see all of it, a second message is for hosts alone.
local function show(version, now, fresh)
  local about = redis.call('HMGET', meta, 'epoch', 'board_rows', 'answered', 'ties', 'hidden', 'hold', 'correcting', 'order', 'privacy', 'team_score')
  local held = is_held(about[5], about[6], about[7])
  local first = tonumber(about[5]) or 0
  local stays, privacy = held and not fresh, about[9] or 'open'
  local head = '{"type":"board","epoch":"' .. about[1] .. '","version":' .. whole(version)
    .. ',"players":' .. whole(redis.call('ZCARD', board))
    .. ',"online":' .. whole(redis.call('ZCOUNT', online, '(' .. whole(now), '+inf'))
    .. ',"answered":' .. about[3] .. ',"held":' .. (held and 'true' or 'false') .. ',"hidden":' .. whole(first) .. ',"rows":'
  local of_teams = (stays or first > 0) and '' or team_rows(tonumber(about[2]), about[10], about[4], about[8])
  local function message(before, last, masked)
    local fresh_rows = not stays and rows(first, last, now, about[4], about[8], masked) .. of_teams
    return head .. (fresh_rows or rows_in(before)) .. '}'
  end
  local last = first + tonumber(about[2]) - 1
  if privacy ~= 'open' then
    local all = message(stays and redis.call('HGET', meta, 'all_rows'), last)
    redis.call('HSET', meta, 'all_rows', all)
    redis.call('PUBLISH', feed, 'host ' .. all)
    last = math.min(last, select(2, sight(privacy, false, tonumber(about[2]))))
  end
  local seen = message(stays and redis.call('GET', shown), last, privacy == 'pseudonyms')
  redis.call('HSET', meta, 'published_at', whole(now), 'published', whole(version))
  redis.call('SET', shown, seen)
  redis.call('PUBLISH', feed, seen)
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
-- fraction shrinks with every version, or grows where less is better. Its floor is the total. 2^25 versions have a place of their own.
local function tie_score(total, version, order)
  order = order or redis.call('HGET', meta, 'order')
  local later = math.min(version, 33554432) / 67108864
  return string.format('%.17g', total + (order == 'ascending' and later or 0.5 - later))
end

-- The next version, for scripts that change who is on the board or online.
local function next_version()
  return redis.call('HINCRBY', meta, 'version', 1)
end

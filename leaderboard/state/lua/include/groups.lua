-- Groups of players: teams (`@` and a number) and tags. Each player on the board has an entry for each of their groups that sorts like
-- their place on the board; so places within a group are found as fast as on the board, in a single zset.

local BASE = 134217728 -- 2^27: makes all points positive

-- Where entries of a group with at least so many points begin, or beyond all of them.
local function edge(group, points)
  if not points then return group .. '!' end
  return string.format('%s %09d', group, points + BASE)
end

-- A player's entry: group, points, the fraction that decides between equals, and who it is.
local function entry_of(group, score, player)
  local points = math.floor(score)
  return string.format('%s %09d %08d %s', group, points + BASE, math.floor((score - points) * 67108864), player)
end

local function points_in(entry)
  return tonumber(string.match(entry, '^%S+ (%d+)')) - BASE
end

-- The total of a team: the sum of its players, their mean rounded down, or the sum of its best.
local function team_total(number, policy, best, order)
  if policy ~= 'best' then
    local about = redis.call('HMGET', labels, 'sum:' .. number, 'size:' .. number)
    local sum, size = tonumber(about[1] or 0), tonumber(about[2] or 0)
    return policy == 'sum' and sum or math.floor(sum / math.max(1, size))
  end
  local from, to, command, total = '(@' .. number .. '!', '[@' .. number .. ' ', 'ZREVRANGEBYLEX', 0
  if order == 'ascending' then from, to, command = to, from, 'ZRANGEBYLEX' end
  for _, entry in ipairs(redis.call(command, groups, from, to, 'LIMIT', 0, best)) do total = total + points_in(entry) end
  return total
end

-- Bring a team up to date after one of its players has moved by so many points, or come (1) or gone (-1).
local function move_team(number, moved, came)
  if moved ~= 0 then redis.call('HINCRBY', labels, 'sum:' .. number, whole(moved)) end
  if came ~= 0 then redis.call('HINCRBY', labels, 'size:' .. number, came) end
  local about = redis.call('HMGET', meta, 'team_score', 'team_best', 'order', 'version')
  if about[1] == 'none' then return end
  if about[3] == 'ascending' and (redis.call('HGET', labels, 'size:' .. number) or '0') == '0' then
    redis.call('ZREM', teams, number) -- its 0 points would be the best
    return
  end
  local total, before = team_total(number, about[1], about[2], about[3]), redis.call('ZSCORE', teams, number)
  if before and math.floor(tonumber(before)) == total then return end
  redis.call('ZADD', teams, tie_score(total, tonumber(about[4]), about[3]), number)
end

-- Move a player within groups: `before` and `after` are scores on the board, false for not there.
local function regroup(names, player, before, after)
  for group in string.gmatch(names, '%S+') do
    if before then redis.call('ZREM', groups, entry_of(group, tonumber(before), player)) end
    if after then redis.call('ZADD', groups, 0, entry_of(group, tonumber(after), player)) end
    local number, was, is = string.match(group, '^@(.*)$'), before and math.floor(tonumber(before)), after and math.floor(tonumber(after))
    if number then move_team(number, (is or 0) - (was or 0), (is and 1 or 0) - (was and 1 or 0)) end
  end
end

-- The groups in `names` that are not in `without`.
local function others(names, without)
  local out = {}
  for group in string.gmatch(names, '%S+') do
    if not string.find(' ' .. without .. ' ', ' ' .. group .. ' ', 1, true) then out[#out + 1] = group end
  end
  return table.concat(out, ' ')
end

local MOST_TEAMS = 1000

-- The team that somebody asks for by its name: its number; '' for none, nil if there is no such team. Without a name it
-- is the smallest, where the host has named the teams; where not, a name that nobody has called a team by makes a new one.
local function team_for(asked, policy, listed)
  if policy == 'none' then return asked.name == '' and '' or nil end
  local count = tonumber(redis.call('HGET', labels, 'teams') or '0')
  if asked.name ~= '' then
    local found = redis.call('HMGET', labels, asked.fold, asked.look)
    if found[1] or found[2] then return found[1] or found[2] end
    if listed or count >= MOST_TEAMS then return nil end
    return whole(count + 1)
  end
  if not listed then return '' end
  local least, number
  for i = 1, count do
    local size = tonumber(redis.call('HGET', labels, 'size:' .. whole(i)) or '0')
    if not least or size < least then least, number = size, whole(i) end
  end
  return number
end

-- Let a player in, into a team that is made if it is not there. It counts from when they are on the board.
local function join_team(player, team, version)
  if team.number == '' then return end
  if redis.call('HEXISTS', labels, 'team:' .. team.number) == 0 then
    redis.call('HSET', labels, 'teams', team.number, 'team:' .. team.number, '{"id":"' .. team.number .. '","name":' .. team.name .. '}',
      team.fold, team.number, team.look, team.number)
    if redis.call('HGET', meta, 'order') ~= 'ascending' then redis.call('ZADD', teams, tie_score(0, version), team.number) end
  end
  redis.call('HSET', labels, 'of:' .. player, '@' .. team.number)
  redis.call('HSET', meta, 'grouped', '1')
end

-- A card with the team that its player plays for, '' for none.
local function with_team(card, number)
  local bare = string.gsub(card, ',"team":"%d+"}$', '}')
  return number == '' and bare or string.sub(bare, 1, -2) .. ',"team":"' .. number .. '"}'
end

-- Put a player into a team, or out of it, and into groups by tags.
--
-- KEYS[1] meta     hash
-- KEYS[2] board    zset
-- KEYS[3] players  hash
-- KEYS[4] online   zset
-- KEYS[5] shown    string
-- KEYS[6] feed     channel
-- KEYS[7] labels   hash
-- KEYS[8] groups   zset
-- KEYS[9] teams    zset
-- KEYS[10] aside   zset
-- ARGV[1] player
-- ARGV[2] team     JSON string; '' for none, '-' for the one there is
-- ARGV[3] fold     how its name looks without difference of case
-- ARGV[4] look     how it looks
-- ARGV[5] tags     with spaces between; '-' for those there are
-- ARGV[6] term     of the host, or ''
--
-- Returns {1 done or 0 was so already, version, milliseconds until the board is due or 0}. Publishes the board when due.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER, NO_SUCH_PLAYER, NO_SUCH_TEAM
-- include: clock board groups host place team shown

local player, team = ARGV[1], {name = ARGV[2], fold = ARGV[3], look = ARGV[4]}
local about = redis.call('HMGET', meta, 'version', 'published_at', 'board_interval_ms', 'host_term', 'team_score', 'listed')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(ARGV[6], about[4]) then return redis.error_reply('TAKEN_OVER') end
local score, place = place_of(board, KEYS[10], player)
if not score then return redis.error_reply('NO_SUCH_PLAYER') end
local before = redis.call('HGET', labels, 'of:' .. player) or ''
team.number = string.match(before, '@(%d+)') or ''
if team.name == '' then team.number = ''
elseif team.name ~= '-' then team.number = team_for(team, about[5] or 'none', about[6] == '1') end
if not team.number then return redis.error_reply('NO_SUCH_TEAM') end
local tags = ARGV[5] == '-' and string.gsub(before, '@%d+ ?', '') or ARGV[5]
local after = (team.number ~= '' and '@' .. team.number .. ' ' or '') .. tags
after = string.gsub(after, ' $', '')
if after == before then return {0, tonumber(about[1]), 0} end

local now, version = clock_ms(), next_version()
join_team(player, team, version)
redis.call('HSET', labels, 'of:' .. player, after)
redis.call('HSET', meta, 'grouped', '1')
if place == board then
  regroup(others(before, after), player, score)
  regroup(others(after, before), player, false, score)
end
local old = redis.call('HGET', players, player)
local new = with_team(old, team.number)
redis.call('HSET', players, player, new)
amend_shown(old, new)
return {1, version, show_if_due(version, now, tonumber(about[2]), tonumber(about[3]))}

-- Let a player in, with the points that the quiz gives at the start and, if it is so set, the average of those who came in time.
--
-- A user who was in before is the same player again: with another token, in every phase.
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
-- KEYS[10] state    string
-- KEYS[11] tokens   hash
-- KEYS[12] ledger   stream
-- KEYS[13] runs    hash
-- KEYS[14] names   hash
-- KEYS[15] users   hash
-- KEYS[16] joined  hash
-- KEYS[17] aside   zset
-- KEYS[18] crowds  hash
-- KEYS[19] banned  set
-- KEYS[20] roster  hash
-- ARGV[1] player
-- ARGV[2] name     JSON string
-- ARGV[3] token    SHA-256 of the player's token
-- ARGV[4] fold     how the name looks without difference of case
-- ARGV[5] look     how it looks
-- ARGV[6] user     who it is outside the quiz, or ''
-- ARGV[7] origin   where the request comes from, or ''
-- ARGV[8] pin      that was given instead of the ID, or ''
-- ARGV[9] team     JSON string, or '' for any or none
-- ARGV[10] fold    how its name looks without difference of case
-- ARGV[11] look    how it looks
-- ARGV[12] alias   the ID under which others shall see the player; '' if they see the player
-- ARGV[13] its name  JSON string
-- ARGV[14] fold    of that name
-- ARGV[15] look    of that name
--
-- Returns {1 joined or 0 was in already, version, milliseconds until the board is due or 0, milliseconds until the first question
--   or 0, the card (JSON), 1 if this user was in before or 0, 1 if they wait to be admitted or 0}.
-- Publishes the board when due, and the state when the first player starts the countdown.
-- Errors  NO_SUCH_QUIZ, REMOVED, ID_REUSED, LOCKED, BANNED, NOT_LISTED, NAME_TAKEN, FULL, NO_SUCH_TEAM
-- include: clock board put state record ledger joiner team crowd average countdown enrol

local player, name, token, fold, look, user, origin, pin = unpack(ARGV)
local tokens, names, users, joined, aside = KEYS[11], KEYS[14], KEYS[15], KEYS[16], KEYS[17]
local crowds, banned, roster = KEYS[18], KEYS[19], KEYS[20]

local about = redis.call('HMGET', meta, 'phase', 'version', 'published_at', 'board_interval_ms', 'locked', 'start', 'closed_sum',
  'pacing', 'next_at', 'lobby_ms', 'round', 'max_players', 'approval', 'crowd', 'pin', 'roster', 'team_score', 'listed')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
local version, approval = tonumber(about[2]), about[13] == '1'
local function in_already(done, who)
  local waits = approval and redis.call('ZSCORE', aside, who)
  return {done, version, 0, 0, redis.call('HGET', players, who), who ~= player and 1 or 0, waits and 1 or 0}
end
local owner, before = redis.call('HGET', tokens, token), user ~= '' and redis.call('HGET', users, user)
if owner == '@removed' then return redis.error_reply('REMOVED') end
if owner and (owner == player or owner == before) then return in_already(0, owner) end
if owner or redis.call('HEXISTS', players, player) == 1 then return redis.error_reply('ID_REUSED') end
local over, locked = about[1] == 'finished', about[5] == '1'
if pin ~= '' and (pin ~= about[15] or over or locked) then return redis.error_reply('NO_SUCH_QUIZ') end
if before then
  local it = read_joiner(redis.call('HGET', joined, before))
  redis.call('HDEL', tokens, it.token)
  redis.call('HSET', tokens, token, before)
  it.token, it.origin = token, origin
  redis.call('HSET', joined, before, write_joiner(it))
  return in_already(1, before)
end
if over then return redis.error_reply('NO_SUCH_QUIZ') end -- nobody shall learn which quizzes there were
if locked then return redis.error_reply('LOCKED') end
for _, out in ipairs(redis.call('SMISMEMBER', banned, 'user:' .. user, 'origin:' .. origin, fold, look)) do
  if out == 1 then return redis.error_reply('BANNED') end
end
if about[16] == '1' then
  local listed = redis.call('HGET', roster, fold) or redis.call('HGET', roster, look)
  if not listed then return redis.error_reply('NOT_LISTED') end
  fold, look, name = string.match(listed, '^([^\n]*)\n([^\n]*)\n(.*)$')
end
if name_taken(names, player, fold, look) then return redis.error_reply('NAME_TAKEN') end
local now, most = clock_ms(), tonumber(about[14] or '0') -- quizzes of older versions know nothing of crowds
local left = room_for(crowds, origin, most, now)
local place = (approval or left < 1) and aside or board
if redis.call('ZCARD', place) >= tonumber(about[12] or '20000') then return redis.error_reply('FULL') end
local team = {name = ARGV[9], fold = ARGV[10], look = ARGV[11]}
team.number = team_for(team, about[17] or 'none', about[18] == '1')
if not team.number then return redis.error_reply('NO_SUCH_TEAM') end

version = next_version()
if left >= 1 then let_in(crowds, origin, most, left, now) end
local start, total = tonumber(about[6]), tonumber(about[6])
if about[7] ~= '' and about[11] ~= '0' then
  local mean = math.floor(tonumber(about[7]) / math.max(1, redis.call('ZCARD', board)))
  total = math.max(start, math.min(mean, 14000000)) -- with all else that can be won it stays below 2^27
end
if place == board then weigh(about[7], 1, total) end
local card = with_team(card_of(player, name), team.number)
join_team(player, team, version)
if (ARGV[12] or '') ~= '' and not name_taken(names, '', ARGV[14], ARGV[15]) then
  redis.call('HSET', names, ARGV[14], player, ARGV[15], player)
  redis.call('HSET', labels, 'as:' .. player, card_of(ARGV[12], ARGV[13]), 'is:' .. ARGV[12], player)
end
if user ~= '' then redis.call('HSET', users, user, player) end
local it = {token = token, origin = origin, fold = fold, look = look, user = user}
enrol(place, player, card, it, start, total, version)
local wait_ms = place == board and start_countdown(about[8], about[1], about[9], about[10], now) or 0
return {1, version, show_if_due(version, now, tonumber(about[3]), tonumber(about[4])), wait_ms, card, 0, approval and 1 or 0}

-- Take a player out of the quiz: off the board, the token useless, the sockets closed, the points booked out. Their answers stay.
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
-- KEYS[10] aside    zset
-- KEYS[11] aside_online  zset
-- KEYS[12] removed  zset
-- KEYS[13] tokens  hash
-- KEYS[14] names   hash
-- KEYS[15] users   hash
-- KEYS[16] joined  hash
-- KEYS[17] seats   hash
-- KEYS[18] banned  set
-- KEYS[19] ledger  stream
-- KEYS[20] finished stream
-- KEYS[21] pool    zset
-- KEYS[22] held    hash
-- KEYS[23] leases  zset
-- KEYS[24] details hash
-- KEYS[25] registered  zset
-- KEYS[26] keys    hash
-- KEYS[27…] answers hash, of each question
-- ARGV[1] player
-- ARGV[2] ban      '1': nor may the same user come again, nor anybody with this name
-- ARGV[3] address  '1': nor anybody new from where they came
-- ARGV[4] term     of the host, or ''
--
-- Returns {1 removed or 0 was so already, version, milliseconds until the board is due or 0}.
-- Publishes the last seat of the player, and the board when due.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER, NO_SUCH_PLAYER
-- include: clock board groups host joiner ledger place pool average shown finished

local player, ban, address = ARGV[1], ARGV[2] == '1', ARGV[3] == '1'
local aside, aside_online, removed, tokens, names, users = KEYS[10], KEYS[11], KEYS[12], KEYS[13], KEYS[14], KEYS[15]
local joined, seats, banned, ledger = KEYS[16], KEYS[17], KEYS[18], KEYS[19]
local LAST_SEAT = '9007199254740991' -- no hello gets a later one
local about = redis.call('HMGET', meta, 'version', 'published_at', 'board_interval_ms', 'host_term', 'sum', 'phase', 'question', 'epoch', 'unanswered')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(ARGV[4], about[4]) then return redis.error_reply('TAKEN_OVER') end
local card = redis.call('HGET', players, player)
if not card then return redis.error_reply('NO_SUCH_PLAYER') end

local it, new = read_joiner(redis.call('HGET', joined, player)), 0
if ban and it.fold ~= '' then new = redis.call('SADD', banned, it.fold, it.look) end
if ban and it.user ~= '' then new = new + redis.call('SADD', banned, 'user:' .. it.user) end
if address and it.origin ~= '' then new = new + redis.call('SADD', banned, 'origin:' .. it.origin) end
if redis.call('ZSCORE', removed, player) then return {new > 0 and 1 or 0, tonumber(about[1]), 0} end

local now, version = clock_ms(), next_version()
local score, place = place_of(board, aside, player)
local points = math.floor(tonumber(score or 0))
if place == board then
  weigh(about[5], -1, points, about[6] == 'question' and redis.call('HGET', KEYS[27 + about[7]], player))
end
local holds = read_held(redis.call('HGET', KEYS[22], player))
if holds then
  local void = is_void(redis.call('HGET', KEYS[26], whole(holds.number)))
  let_go(KEYS[21], KEYS[22], KEYS[23], player, holds, holds.kind == '1' or about[9] == 'free', void)
end
local mine = redis.call('HGET', labels, 'of:' .. player)
if mine and place == board then regroup(mine, player, score) end
redis.call('HDEL', labels, 'of:' .. player)
for _, key in ipairs({board, aside, online, aside_online}) do redis.call('ZREM', key, player) end
redis.call('ZADD', removed, score or '0.5', player)
if points ~= 0 then enter(ledger, player, points, 0, 'removed', '', 'host', version, '') end
free_name(names, player, it)
redis.call('HDEL', KEYS[24], player)
redis.call('ZREM', KEYS[25], player)
if it.user ~= '' then
  if redis.call('HGET', users, it.user) == player then redis.call('HDEL', users, it.user) end
  redis.call('HSET', users, 'removed:' .. it.user, player) -- programs shall not put them on the board again
end
if it.token ~= '' then redis.call('HSET', tokens, it.token, '@removed') end
redis.call('HSET', seats, player, LAST_SEAT)
redis.call('PUBLISH', feed, '{"type":"seat","epoch":"' .. about[8] .. '","player":"' .. player .. '","version":' .. LAST_SEAT .. '}')
amend_shown(card)
local alias = redis.call('HGET', labels, 'as:' .. player)
if alias then
  amend_shown(alias)
  redis.call('HDEL', labels, 'as:' .. player, 'is:' .. string.match(alias, '"id":"([^"]+)"'))
end
if about[6] == 'finished' then announce(KEYS[20], about[8], version) end
return {1, version, show_if_due(version, now, tonumber(about[2]), tonumber(about[3]))}

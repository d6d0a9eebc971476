-- Let a team in that the host registers: a player with points of its own, which nothing keeps out but its name and the number of players.
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
-- KEYS[10] state   string
-- KEYS[11] tokens  hash
-- KEYS[12] ledger  stream
-- KEYS[13] runs    hash
-- KEYS[14] names   hash
-- KEYS[15] details hash
-- KEYS[16] joined  hash
-- KEYS[17] registered  zset
-- ARGV[1] player
-- ARGV[2] name     JSON string
-- ARGV[3] token    SHA-256 of the team's token
-- ARGV[4] fold     how the name looks without difference of case
-- ARGV[5] look     how it looks
-- ARGV[6] about    points at the start, members, e-mail (JSON)
--
-- Returns {1 registered or 0 was so already, version, milliseconds until the board is due or 0, milliseconds until the first question
--   or 0, the card (JSON)}. Publishes the board when due, and the state when the first player starts the countdown.
-- Errors  NO_SUCH_QUIZ, REMOVED, ID_REUSED, FINISHED, NAME_TAKEN, FULL
-- include: clock board put state record ledger joiner average countdown enrol start

local player, name, token, fold, look, team = unpack(ARGV)
local about = redis.call('HMGET', meta, 'phase', 'version', 'published_at', 'board_interval_ms', 'closed_sum', 'pacing', 'next_at',
  'lobby_ms', 'max_players')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
local owner, card = redis.call('HGET', KEYS[11], token), redis.call('HGET', players, player)
if owner == '@removed' then return redis.error_reply('REMOVED') end
if owner == player then return {0, tonumber(about[2]), 0, 0, card} end
if owner or card then return redis.error_reply('ID_REUSED') end
if about[1] == 'finished' then return redis.error_reply('FINISHED') end
if name_taken(KEYS[14], player, fold, look) then return redis.error_reply('NAME_TAKEN') end
if redis.call('ZCARD', board) >= tonumber(about[9] or '20000') then return redis.error_reply('FULL') end

local now, version, start = clock_ms(), next_version(), start_of(team)
weigh(about[5], 1, start)
card = card_of(player, name)
enrol(board, player, card, {token = token, origin = '', fold = fold, look = look, user = ''}, start, start, version)
redis.call('HSET', KEYS[15], player, team)
redis.call('ZADD', KEYS[17], version, player)
local first_ms = start_countdown(about[6], about[1], about[7], about[8], now)
return {1, version, show_if_due(version, now, tonumber(about[3]), tonumber(about[4])), first_ms, card}

-- Give a player another name. Points and ties stay as they are.
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
-- KEYS[10] names    hash
-- KEYS[11] joined   hash
-- KEYS[12] removed  zset
-- ARGV[1] player
-- ARGV[2] name     JSON string
-- ARGV[3] fold     how the name looks without difference of case
-- ARGV[4] look     how it looks
-- ARGV[5] term     of the host, or ''
-- ARGV[6] gone     '1': also a player who was removed, whose name is nobody's
--
-- Returns {1 renamed or 0 was called so already, version, milliseconds until the board is due or 0}. Publishes the board when due.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER, NO_SUCH_PLAYER, NAME_TAKEN
-- include: clock board host joiner team shown naming

local player, fold, look = ARGV[1], ARGV[3], ARGV[4]
local names, joined, removed = KEYS[10], KEYS[11], KEYS[12]
local about = redis.call('HMGET', meta, 'version', 'published_at', 'board_interval_ms', 'host_term')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(ARGV[5], about[4]) then return redis.error_reply('TAKEN_OVER') end
local old = redis.call('HGET', players, player)
local new = old and renamed(old, player, ARGV[2])
local out = redis.call('ZSCORE', removed, player)
if not old or (out and ARGV[6] ~= '1') then return redis.error_reply('NO_SUCH_PLAYER') end
if old == new then return {0, tonumber(about[1]), 0} end
if not out and name_taken(names, player, fold, look) then return redis.error_reply('NAME_TAKEN') end

local now, version = clock_ms(), next_version()
call_player(names, joined, player, old, new, fold, look, out)
return {1, version, show_if_due(version, now, tonumber(about[2]), tonumber(about[3]))}

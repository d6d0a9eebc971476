-- How a player stands on the board as it truly is, and what is missing to stand better.
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
-- ARGV[1] player
-- ARGV[2] rank     from 1, at which they want to stand
-- ARGV[3] ties     'first' or 'shared'; '' as the quiz has it
-- ARGV[4] host     '1': also what is held back
--
-- Returns {epoch, version, players, points, rank, how many have better points, points missing to that rank (0: it is theirs, or a
--   better one), card (JSON) of the player at the next better place or '', points missing to that place}.
-- Changes and publishes nothing.
-- Errors  NO_SUCH_QUIZ, NO_SUCH_PLAYER, HELD_BACK
-- include: clock board

local player, wanted = ARGV[1], tonumber(ARGV[2])
local about = redis.call('HMGET', meta, 'epoch', 'version', 'ties', 'hold', 'hidden', 'correcting', 'order')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if ARGV[4] ~= '1' and is_secret(about[5], about[4], about[6]) then return redis.error_reply('HELD_BACK') end
local ties, order = ARGV[3] ~= '' and ARGV[3] or about[3], about[7]
local place = place_in(board, player, order)
if not place then return redis.error_reply('NO_SUCH_PLAYER') end

local points = math.floor(tonumber(redis.call('ZSCORE', board, player)))
local ahead = better(board, points, order)
local before = ties == 'shared' and ahead or place
local other, missing = above(before, points, ties, order)
local card, needed = other and redis.call('HGET', players, other) or '', 0
if before + 1 > wanted then needed = select(2, above(wanted, points, ties, order)) end
return {about[1], tonumber(about[2]), redis.call('ZCARD', board), points, before + 1, ahead, needed, card, missing}

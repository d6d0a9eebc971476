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
-- ARGV[4] host     '1': all of it, also what is held back
-- ARGV[5] viewer   the player who asks, or ''
--
-- Returns {epoch, version, players, points, rank, how many have better points, points missing to that rank (0: it is theirs, or a
--   better one; -1: it is not shown), card (JSON) of the player at the next better place or '', points missing to that place}.
-- Changes no points, publishes nothing.
-- Errors  NO_SUCH_QUIZ, NO_SUCH_PLAYER, HELD_BACK, NOT_SHOWN
-- include: clock board

local player, wanted, host = ARGV[1], tonumber(ARGV[2]), ARGV[4] == '1'
local about = redis.call('HMGET', meta, 'epoch', 'version', 'ties', 'hold', 'hidden', 'correcting', 'order', 'privacy', 'board_rows')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if not host and is_secret(about[5], about[4], about[6]) then return redis.error_reply('HELD_BACK') end
local ties, order = ARGV[3] ~= '' and ARGV[3] or about[3], about[7]
local privacy, place = not host and about[8] or 'open', place_in(board, player, order)
local low, high = sight(privacy, place, tonumber(about[9]))
if player ~= ARGV[5] and not (privacy == 'open' or (privacy == 'top' and place and place <= high)) then
  return redis.error_reply('NOT_SHOWN')
end
if not place then return redis.error_reply('NO_SUCH_PLAYER') end

local points = math.floor(tonumber(redis.call('ZSCORE', board, player)))
local ahead = better(board, points, order)
local before = ties == 'shared' and ahead or place
local function in_sight(one) return one >= low and one <= high end
local other, missing, card, needed = false, 0, '', 0
if in_sight(before - 1) then other, missing = above(before, points, ties, order) end
if other then card = cards_of({other}, privacy == 'pseudonyms')[1] or '' end
if before + 1 > wanted then needed = in_sight(wanted - 1) and select(2, above(wanted, points, ties, order)) or -1 end
return {about[1], tonumber(about[2]), redis.call('ZCARD', board), points, before + 1, ahead, needed, card, missing}

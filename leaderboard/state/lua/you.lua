-- What some players have: points, rank, and their answer to one question; when it is closed, also how they moved.
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
-- KEYS[10] answers  hash, of the question
-- KEYS[11] ranks    hash
-- KEYS[12] runs     hash
-- KEYS[13] aside    zset
-- KEYS[14] outside  hash
-- ARGV[1] question as the caller believes; -1 for none
-- ARGV[2…] players
--
-- Returns {epoch, version, 1 if points are held back or 0, 1 if ranks are or 0, 1 if there are results or 0, closes_at, the current
--   question, then, unless that is another than the caller believes, for each player: points, rank (1 is best), record of the
--   answer (JSON) or '', rank before the question or 0, card (JSON) and points of the player ahead or '' and 0, time limit in
--   percent, 0 not there, 1 on the board, 2 aside or 3 aside until they are admitted, own card (JSON) or '', card that stands for them
--   where names are hidden or '', rows of the board (JSON) where everybody sees those around them or ''}; the rank is 0 for who is not on the board.
--   Changes no points, publishes nothing, and notes the ranks at a close.
-- Errors  NO_SUCH_QUIZ
-- include: clock board record apart

local answers, ranks, runs, aside = KEYS[10], KEYS[11], KEYS[12], KEYS[13]
local question = ARGV[1]
local about = redis.call('HMGET', meta, 'epoch', 'version', 'hold', 'hidden', 'correcting', 'phase', 'question', 'played', 'ties', 'pacing',
  'extra', 'closes_at', 'approval', 'order', 'privacy', 'board_rows')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
local hold, secret, order = about[3] == '1', is_secret(about[4], about[3], about[5]), about[14]
local privacy, size, now = about[15] or 'open', tonumber(about[16]), clock_ms()
local masked = privacy == 'pseudonyms'
local results = not hold and about[5] == '' and about[6] == 'closed' and about[7] == question
local moment = #string.gsub(about[8], '[^+]', '')
local current = (about[6] == 'question' or about[6] == 'closed') and about[7] or question
local out = {about[1], tonumber(about[2]), hold and 1 or 0, secret and 1 or 0, results and 1 or 0, tonumber(about[12]),
  tonumber(current)}
-- Without the answer to the current question nobody can say what of the points may be known.
if current ~= question then return out end

-- The rank at the close before this one, 0 if nobody asked then. Between a close and the next opening ranks stand still, so it does not matter who asks first.
local function rank_before(player, rank)
  local closed, noted, before = string.match(redis.call('HGET', ranks, player) or '0 0 0', '^(%d+) (%d+) (%d+)$')
  closed = tonumber(closed)
  if closed > moment then return 0 end
  if closed < moment then before = closed == moment - 1 and noted or '0' end
  redis.call('HSET', ranks, player, moment .. ' ' .. rank .. ' ' .. before)
  return tonumber(before)
end

-- What a player may know of their points while the rest is held back: those from before the question, or with self pacing from before all.
local function points_so_far(player, points, record)
  if not hold then return points end
  if about[10] ~= 'self' then return record and points - string.match(record, '"points":(-?%d+)') or points end
  local run = read_run(redis.call('HGET', runs, player))
  return run.start + run.given + sent(redis.call('HGET', KEYS[14], player))
end

local records, cards = redis.call('HMGET', answers, unpack(ARGV, 2)), redis.call('HMGET', players, unpack(ARGV, 2))
for i = 2, #ARGV do
  local player = ARGV[i]
  local place = place_in(board, player, order)
  local points, rank, before, card, ahead, extra, where, near = 0, 0, 0, '', 0, 100, 0, ''
  if about[11] ~= '100' then extra = read_run(redis.call('HGET', runs, player)).extra end
  if place then
    points, where = math.floor(tonumber(redis.call('ZSCORE', board, player))), 1
    rank = rank_of(place, points, about[9], order)
    local low, high = sight(privacy, place, size)
    if privacy == 'near' and not secret then near = rows(math.max(low, 0), high, now, about[9], order) end
    if results and not secret then
      before = rank_before(player, whole(rank))
      if place > math.max(low, 0) and place - 1 <= high then
        local there = placed(board, place - 1, place - 1, order)
        card, ahead = cards_of({there[1]}, masked)[1] or '', math.floor(tonumber(there[2]))
      end
    end
  else
    local score = redis.call('ZSCORE', aside, player)
    if score then points, where = math.floor(tonumber(score)), about[13] == '1' and 3 or 2 end
  end
  local n = #out
  out[n + 1], out[n + 2], out[n + 3], out[n + 4], out[n + 5], out[n + 6], out[n + 7], out[n + 8], out[n + 9], out[n + 10], out[n + 11] =
    points_so_far(player, points, records[i - 1]), rank, records[i - 1] or '', before, card, ahead, extra, where, cards[i - 1] or '',
    masked and place and cards_of({player}, true)[1] or '', near
end
return out

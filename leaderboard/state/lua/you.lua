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
-- ARGV[2] tell     '1': they are told now, and with it what has happened to them since the last time
-- ARGV[3…] players
--
-- Returns {epoch, version, 1 if points are held back or 0, 1 if ranks are or 0, 1 if there are results or 0, closes_at, the current
--   question, then, unless that is another than the caller believes, for each player: points, rank (1 is best), record of the
--   answer (JSON) or '', rank before the question or 0, card (JSON) and points of the player ahead or '' and 0, time limit in
--   percent, 0 not there, 1 on the board, 2 aside or 3 aside until they are admitted, own card (JSON) or '', card that stands for them
--   where names are hidden or '', rows of the board (JSON) where everybody sees those around them or '', card (JSON) of the player at
--   the next better place or '', points missing to that place, what has happened to them (JSON) or ''}; the rank is 0 for who is not on
--   the board. Changes no points, publishes nothing, and notes the ranks at a close and what players were told.
-- Errors  NO_SUCH_QUIZ
-- include: clock board record apart moves

local answers, ranks, runs, aside = KEYS[10], KEYS[11], KEYS[12], KEYS[13]
local question, tell = ARGV[1], ARGV[2] == '1'
local about = redis.call('HMGET', meta, 'epoch', 'version', 'hold', 'hidden', 'correcting', 'phase', 'question', 'played', 'ties', 'pacing',
  'extra', 'closes_at', 'approval', 'order', 'privacy', 'board_rows')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
local hold, secret, order = about[3] == '1', is_secret(about[4], about[3], about[5]), about[14]
local privacy, size, now = about[15] or 'open', tonumber(about[16]), clock_ms()
local masked, ties = privacy == 'pseudonyms', about[9]
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

local records, cards = redis.call('HMGET', answers, unpack(ARGV, 3)), redis.call('HMGET', players, unpack(ARGV, 3))
local scores, told, fields = redis.call('ZMSCORE', board, unpack(ARGV, 3)), {}, {}
for i = 3, #ARGV do fields[i - 2] = 'told:' .. ARGV[i] end
if not secret then told = redis.call('HMGET', ranks, unpack(fields)) end
local view = {ties = ties, order = order, masked = masked, size = size, open = privacy == 'open' or masked, told = 0}
local others, at = {}, {} -- players whose cards are wanted, and where in `out`
for i = 3, #ARGV do
  local player, n, score, record = ARGV[i], #out, scores[i - 2], records[i - 2]
  local points, rank, before, ahead, extra, where, near, missing, moves = 0, 0, 0, 0, 100, 0, '', 0, ''
  if about[11] ~= '100' then extra = read_run(redis.call('HGET', runs, player)).extra end
  if score then
    local place = place_in(board, player, order)
    points, where = math.floor(tonumber(score)), 1
    rank = rank_of(place, points, ties, order)
    if not secret then
      local low, high = sight(privacy, place, size)
      local first = math.max(low, 0)
      if results then before = rank_before(player, whole(rank)) end
      if results and place > first and place - 1 <= high then
        local there = placed(board, place - 1, place - 1, order)
        others[#others + 1], at[#at + 1], ahead = there[1], n + 5, math.floor(tonumber(there[2]))
      end
      if privacy == 'near' then near = rows(first, high, now, ties, order) end
      if rank - 1 > first and rank - 2 <= high then
        others[#others + 1], missing = above(rank - 1, points, ties, order)
        at[#at + 1] = n + 12
      end
      view.low, view.high = low, high
      moves = moves_of(ranks, player, told[i - 2], rank, place, tonumber(score), view, tell)
    end
  else
    score = redis.call('ZSCORE', aside, player)
    if score then points, where = math.floor(tonumber(score)), about[13] == '1' and 3 or 2 end
  end
  if masked and where == 1 then others[#others + 1], at[#at + 1] = player, n + 10 end
  out[n + 1], out[n + 2], out[n + 3], out[n + 4], out[n + 5], out[n + 6], out[n + 7], out[n + 8], out[n + 9], out[n + 10], out[n + 11],
    out[n + 12], out[n + 13], out[n + 14] = points_so_far(player, points, record), rank, record or '', before, '', ahead, extra, where,
    cards[i - 2] or '', '', near, '', missing, moves
end
for i, card in ipairs(#others > 0 and cards_of(others, masked) or {}) do out[at[i]] = card or '' end
return out

-- Take a player's answer to a question that is open for them, and give its points.
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
-- KEYS[10] answers  hash, of this question
-- KEYS[11] ledger   stream
-- KEYS[12] runs     hash
-- KEYS[13] counts  hash
-- KEYS[14] aside   zset
-- KEYS[15] outside hash
-- KEYS[16] held    hash, where questions are drawn
-- KEYS[17] leases  zset, likewise
-- KEYS[18] pool    zset, likewise
-- ARGV[1] player
-- ARGV[2] question
-- ARGV[3] choice   JSON, opaque here
-- ARGV[4] grade    how right it is, 0..1
-- ARGV[5] content  what graded it: epoch and revision
-- ARGV[6] id       of the request, a JSON string; "" if it has none
-- ARGV[7] rtt_ms   round trip as this server has measured it
-- ARGV[8] tally    what the distribution counts, with spaces between
-- ARGV[9] rule
-- ARGV[10] points
-- ARGV[11] limit_ms
-- ARGV[12] penalty
-- ARGV[13] round   '0' if it gives no points; with self pacing the number among those that do; else ''
-- ARGV[14] floor
-- ARGV[15] streak bonus
-- ARGV[16] streak most
-- ARGV[17] places
-- ARGV[18] time_of  '' if the first answer stands
-- ARGV[19] credit_ms  of the round trip, at most
-- ARGV[20] previous  with self pacing the round before; else ''
--
-- Returns {1 taken or 0 a repeat, the record (JSON), the player's total, version, milliseconds until the board is due or 0,
--   1 if points are held back or 0, the player's rank where questions are drawn and ranks are not held back, else 0}. Publishes the board when due.
-- Errors  NO_SUCH_QUIZ, NO_SUCH_PLAYER, NOT_ADMITTED, NOT_OPEN, TOO_LATE, MOVED_ON, PAUSED, TOO_OFTEN, NOT_YOURS
-- include: clock board put score record reanswer ledger window apart

local player, question, choice, grade, id, round, time_of = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[6], ARGV[13], ARGV[18]
local answers, ledger, runs, counts = KEYS[10], KEYS[11], KEYS[12], KEYS[13]

local about = redis.call('HMGET', meta, 'content', 'phase', 'question', 'opened_at', 'closes_at', 'version', 'answered',
  'published_at', 'board_interval_ms', 'round', 'paused_at', 'runs', 'sum', 'hold', 'previous', 'grouped', 'ties', 'hidden', 'order', 'correcting')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if about[1] ~= ARGV[5] then return redis.error_reply('MOVED_ON') end
local plays, score = board, redis.call('ZSCORE', board, player)
if not score then
  plays, score = KEYS[14], redis.call('ZSCORE', KEYS[14], player)
  if not score then return redis.error_reply('NO_SUCH_PLAYER') end
  if redis.call('HGET', meta, 'approval') == '1' then return redis.error_reply('NOT_ADMITTED') end
end
local before, version, hold = math.floor(tonumber(score)), tonumber(about[6]) + 1, tonumber(about[14])
local record, drawing = redis.call('HGET', answers, player), #KEYS > 15
local function own_rank(points)
  return drawing and plays == board and not is_secret(about[18], about[14], about[20]) and rank_of(place_in(board, player, about[19]), points, about[17], about[19]) or 0
end
local old = record and {string.match(record, RECORD)}
if record and (time_of == '' or repeats(old[12], choice, id)) then return {0, record, before, version - 1, 0, hold, own_rank(before)} end

local now, run = clock_ms(), read_run(about[12] == '1' and redis.call('HGET', runs, player))
local limit_ms = tonumber(ARGV[11]) * run.extra / 100
local it, close_held, box_text
if drawing then
-- include: pool
  it, close_held, box_text = read_held(redis.call('HGET', KEYS[16], player)), let_go, box_of
end
if it then it.ends = tonumber(redis.call('ZSCORE', KEYS[17], player)) end
local opened_at, closes_at, no = window_of(about, run, limit_ms, tonumber(ARGV[11]), tonumber(question), drawing, it)
if no then return no end
local credit = math.min(tonumber(ARGV[7]), tonumber(ARGV[19]))
if now - credit > closes_at then return redis.error_reply('TOO_LATE') end
if record and tonumber(old[11]) >= MOST_ATTEMPTS then return redis.error_reply('TOO_OFTEN') end

local ms = math.max(0, now - opened_at - credit)
local time, attempts, taken_back, rest = ms, 1, 0, '"choice":' .. choice
if time_of ~= '' then rest = rest .. ',"id":' .. id .. ',"tally":"' .. ARGV[8] .. '"' end
if record then
  time, attempts, taken_back, rest = replacing(old, time_of, grade, ms, rest)
  uncount(counts, question, old[4], old[12])
end
for place in string.gmatch(ARGV[8], '%w+') do redis.call('HINCRBY', counts, question .. ':' .. place, 1) end
local apart = plays ~= board and ARGV[9] == 'order' -- who is aside takes no place from those on the board
local right = grade == 1 and redis.call('HINCRBY', counts, question .. (apart and ':aside' or ':right'), 1) or 0
local place = ARGV[9] == 'order' and right or 0
local points, bonus, streak, base = 0, 0, 0, 0
if round ~= '0' then
  round = tonumber(round == '' and about[10] or round)
  base = streak_before(run, round, tonumber(ARGV[20]) or tonumber(about[15]))
  -- What the host gave and programs sent is not won in play.
  points, bonus, streak = judge(ARGV[9], tonumber(ARGV[10]), limit_ms, tonumber(ARGV[12]), ARGV[14], tonumber(ARGV[15]), tonumber(ARGV[16]),
    ARGV[17], grade, time, place, before - run.given - (grade == 0 and sent(redis.call('HGET', KEYS[15], player)) or 0) - taken_back, base)
  if ARGV[15] ~= '0' then
    run.round, run.streak, run.base = round, streak, base
    redis.call('HSET', runs, player, write_run(run))
  end
end
if it then close_held(KEYS[18], KEYS[16], KEYS[17], player, it, false) end
if it and it.kind == '2' then
  points, streak = round ~= '0' and settled(it.price, it.prize, grade) or 0, 0
  taken_back, rest = -it.price, rest .. ',' .. box_text(it)
end
local seq = old and tonumber(old[9]) or tonumber(about[7]) + 1
record = write_record(ms, time, limit_ms, ARGV[4], points, bonus, streak, place, apart and seq + APART or seq, credit, attempts, rest .. '}')
redis.call('HSET', answers, player, record)
redis.call('HSET', meta, 'version', whole(version), 'answered', old and about[7] or whole(seq))
local total = before - taken_back + points
if total ~= before then
  if about[13] ~= '' and plays == board then redis.call('HINCRBY', meta, 'sum', total - before) end
  put(plays, player, tie_score(total, version, about[19] or 'descending'), score, about[16] or '0')
  enter(ledger, player, before, total, 'answer', question, player, version, '')
end
return {1, record, total, version, show_if_due(version, now, tonumber(about[8]), tonumber(about[9])), hold, own_rank(total)}

-- Take back what a player holds: because they hand it back, or because its time or the quiz is over.
--
-- A box that was not opened is paid back; so is one whose question counts no more or whose quiz ended before its time. One that was
-- opened and not answered is lost.
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
-- KEYS[10] ledger stream
-- KEYS[11] runs    hash
-- KEYS[12] aside   zset
-- KEYS[13] held    hash
-- KEYS[14] leases  zset
-- KEYS[15] pool    zset
-- KEYS[16] finished  stream
-- KEYS[17] answers hash, of the question
-- KEYS[18] keys    hash
-- KEYS[19] drawn   hash
-- ARGV[1] player
-- ARGV[2] seen     what they hold, as the caller saw it
-- ARGV[3] due      '1': only if its time or the quiz is over
--
-- Returns {1 taken back or 0 they hold something else or it is not due, version, milliseconds until it is due or 0, the player's total,
--   milliseconds until the board is due or 0}. Publishes the board when due.
-- Errors  NO_SUCH_QUIZ, TOO_OFTEN
-- include: clock board put record place pool ledger finished

local ledger, held, leases, pool = KEYS[10], KEYS[13], KEYS[14], KEYS[15]
local player, due = ARGV[1], ARGV[3] == '1'
local about = redis.call('HMGET', meta, 'phase', 'version', 'published_at', 'board_interval_ms', 'unanswered', 'epoch', 'finished_at')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
local now, version = clock_ms(), tonumber(about[2])
local text = redis.call('HGET', held, player)
local score, place = place_of(board, KEYS[12], player)
local before = score and math.floor(tonumber(score)) or 0
if text ~= ARGV[2] or not score then return {0, version, 0, before, 0} end
local it, ends, over = read_held(text), tonumber(redis.call('ZSCORE', leases, player)), about[1] == 'finished'
local void = is_void(redis.call('HGET', KEYS[18], whole(it.number)))
if due and not over and now <= ends then return {0, version, ends - now + 1, before, 0} end
-- Who looks at thousands of questions makes the search for one that they have not had long, and the ledger too.
if not due and tonumber(redis.call('HGET', KEYS[19], 'back:' .. player) or '0') >= 500 then return redis.error_reply('TOO_OFTEN') end

version = next_version()
if not due then redis.call('HINCRBY', KEYS[19], 'back:' .. player, 1) end
let_go(pool, held, leases, player, it, it.kind == '1' or about[5] == 'free', void)
local in_time = over and tonumber(about[7]) <= ends -- whenever somebody comes to take it back
local total = before + ((it.kind == '1' or void or in_time) and it.price or 0)
if total ~= before then
  put(place, player, tie_score(total, version), score)
  enter(ledger, player, before, total, 'refund', '', 'quiz', version, '')
end
if it.kind == '2' and not in_time then
  local run = read_run(redis.call('HGET', KEYS[11], player))
  redis.call('HSET', KEYS[17], player, write_record(math.max(0, now - run.started_at), 0, it.limit_ms * run.extra / 100, '0', void and 0 or -it.price, 0, 0, 0,
    0, 0, 1, '"choice":[],' .. box_of(it) .. '}'))
end
if over then announce(KEYS[16], about[6], version) end
return {1, version, 0, total, show_if_due(version, now, tonumber(about[3]), tonumber(about[4]))}

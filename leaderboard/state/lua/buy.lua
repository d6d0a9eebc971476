-- Sell a player a box: the price is taken and a question of its difficulty put aside for them, both or neither. It is shown when they draw.
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
-- KEYS[13] drawn   hash
-- KEYS[14] held    hash
-- KEYS[15] leases  zset
-- KEYS[16] pool    zset
-- ARGV[1] player
-- ARGV[2] after    the question that they had last, -1 for none
-- ARGV[3] asked    `DIFFICULTY::`
-- ARGV[4] price
-- ARGV[5] price_percent  of the player's points, which comes to it
-- ARGV[6] prize
-- ARGV[7] prize_percent  likewise
-- ARGV[8] most     of a price or a prize
-- ARGV[9] lease_ms in which it must be opened
-- ARGV[10] id      of the request, or ''
--
-- Returns {1 bought or 0 was so already, version, price, prize, until when it must be opened, the player's total, milliseconds until the
--   board is due or 0}. Publishes the board when due.
-- Errors  NO_SUCH_QUIZ, NO_SUCH_PLAYER, NOT_ADMITTED, WRONG_PACING, NOT_OPEN, MOVED_ON, ALL_DRAWN, STILL_HOLDING, CANNOT_AFFORD
-- include: clock board put record place pool ledger

local ledger, runs, drawn, held, leases, pool = KEYS[10], KEYS[11], KEYS[13], KEYS[14], KEYS[15], KEYS[16]
local player, after, asked, most, id = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[8]), ARGV[10]
local about = redis.call('HMGET', meta, 'phase', 'version', 'closes_at', 'pacing', 'published_at', 'board_interval_ms', 'approval', 'debt')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if about[4] ~= 'draw' then return redis.error_reply('WRONG_PACING') end
local score, place = place_of(board, KEYS[12], player)
if not score then return redis.error_reply('NO_SUCH_PLAYER') end
if place ~= board and about[7] == '1' then return redis.error_reply('NOT_ADMITTED') end
local now, version, closes_at = clock_ms(), tonumber(about[2]), tonumber(about[3])
if about[1] ~= 'running' or (closes_at > 0 and now > closes_at) then return redis.error_reply('NOT_OPEN') end
local before, it = math.floor(tonumber(score)), read_held(redis.call('HGET', held, player))
local bought, difficulty = redis.call('HGET', drawn, 'bought:' .. player), string.match(asked, '^[^:]*')
local ends = it and tonumber(redis.call('ZSCORE', leases, player))
if it and it.kind == '1' and now <= ends and string.match(it.tail, '^%d+:%d+:([^:]*):') == difficulty then
  return {0, version, it.price, it.prize, ends, before, 0}
end
if it then return redis.error_reply('STILL_HOLDING') end
local run = read_run(redis.call('HGET', runs, player))
if run.question ~= after then return redis.error_reply('MOVED_ON The question that you had last is ' .. whole(run.question) .. '.') end
if id ~= '' and bought == id then return redis.error_reply('MOVED_ON This box has been bought before.') end
local function share(amount, percent)
  return math.min(most, tonumber(amount) + math.floor(math.max(before, 0) * tonumber(percent) / 100))
end
local price, prize = share(ARGV[4], ARGV[5]), share(ARGV[6], ARGV[7])
if price > math.max(before, 0) and about[8] ~= '1' then return redis.error_reply('CANNOT_AFFORD') end
local tail = choose(pool, asked, '', redis.call('HGET', drawn, player))
if not tail then return redis.error_reply('ALL_DRAWN') end

version = next_version()
local total = before - price
ends = now + tonumber(ARGV[9])
if closes_at > 0 then ends = math.min(ends, closes_at) end
it = read_held(tail .. ' 1 ' .. whole(price) .. ' ' .. whole(prize))
hold(pool, held, leases, player, it, ends)
if id ~= '' then redis.call('HSET', drawn, 'bought:' .. player, id) end
if price > 0 then
  put(place, player, tie_score(total, version), score)
  enter(ledger, player, before, total, 'stake', '', player, version, '')
end
return {1, version, price, prize, ends, total, show_if_due(version, now, tonumber(about[5]), tonumber(about[6]))}

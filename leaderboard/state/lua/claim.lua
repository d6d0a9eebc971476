-- Give a player a question that nobody else has or will get, or open the box that they have bought: its clock starts now.
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
-- KEYS[10] runs   hash
-- KEYS[11] aside   zset
-- KEYS[12] drawn   hash
-- KEYS[13] held    hash
-- KEYS[14] leases  zset
-- KEYS[15] pool    zset
-- ARGV[1] player
-- ARGV[2] after    the question that they had last, -1 for none
-- ARGV[3] asked    `DIFFICULTY:TOPIC:`, either of them left out for any
-- ARGV[4] number   of a certain question, as entries of the pool have it, or ''
--
-- Returns {1 drawn or 0 held already, version, question, opened_at, closes_at, milliseconds until the board is due or 0}. Changes no points;
--   publishes the board when due, so that the player's other sockets, on whichever node, are told.
-- Errors  NO_SUCH_QUIZ, NO_SUCH_PLAYER, NOT_ADMITTED, WRONG_PACING, NOT_OPEN, MOVED_ON, ALL_DRAWN, TAKEN, BOX_LAPSED
-- include: clock board record place pool

local runs, drawn, held, leases, pool = KEYS[10], KEYS[12], KEYS[13], KEYS[14], KEYS[15]
local player, after, asked, number = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local about = redis.call('HMGET', meta, 'phase', 'version', 'closes_at', 'pacing', 'published_at', 'board_interval_ms', 'approval')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if about[4] ~= 'draw' then return redis.error_reply('WRONG_PACING') end
local score, place = place_of(board, KEYS[11], player)
if not score then return redis.error_reply('NO_SUCH_PLAYER') end
if place ~= board and about[7] == '1' then return redis.error_reply('NOT_ADMITTED') end
local now, version, closes_at = clock_ms(), tonumber(about[2]), tonumber(about[3])
if about[1] ~= 'running' or (closes_at > 0 and now > closes_at) then return redis.error_reply('NOT_OPEN') end
local run, it = read_run(redis.call('HGET', runs, player)), read_held(redis.call('HGET', held, player))
local lapsed = it and tonumber(redis.call('ZSCORE', leases, player)) < now
if lapsed and it.kind == '1' then return redis.error_reply('BOX_LAPSED') end
if lapsed then return redis.error_reply('MOVED_ON') end
if it and it.kind ~= '1' then
  return {0, version, it.number, run.started_at, tonumber(redis.call('ZSCORE', leases, player)), 0}
end
local had = redis.call('HGET', drawn, player) or ''
if not it then
  if run.question ~= after then return redis.error_reply('MOVED_ON The question that you had last is ' .. whole(run.question) .. '.') end
  local tail = choose(pool, asked, number, had)
  if not tail and number ~= '' then return redis.error_reply('TAKEN') end
  if not tail then return redis.error_reply('ALL_DRAWN') end
  it = read_held(tail .. ' 0 0 0')
end

it.kind = it.kind == '1' and '2' or '0'
version = next_version()
run.question, run.started_at = it.number, now
local ends = now + it.limit_ms * run.extra / 100
if closes_at > 0 then ends = math.min(ends, closes_at) end
hold(pool, held, leases, player, it, ends)
redis.call('HSET', runs, player, write_run(run))
redis.call('HSET', drawn, player, had .. whole(it.number) .. ' ')
return {1, version, it.number, now, math.floor(ends), show_if_due(version, now, tonumber(about[5]), tonumber(about[6]))}

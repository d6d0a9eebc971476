-- Show a player their next question: its clock starts now. Only with self pacing.
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
-- KEYS[10] runs     hash
-- KEYS[11] aside    zset
-- ARGV[1] player
-- ARGV[2] after    the question that they saw last, -1 for none
-- ARGV[3] count    of the quiz's questions
-- ARGV[4] limit_ms of the next one
--
-- Returns {1 drawn or 0 was drawn already, version, opened_at, closes_at, milliseconds until the board is due or 0}. Changes no points;
--   publishes the board when due, so that the player's other sockets, on whichever node, are told.
-- Errors  NO_SUCH_QUIZ, NO_SUCH_PLAYER, NOT_ADMITTED, WRONG_PACING, NOT_OPEN, MOVED_ON, ALL_DRAWN
-- include: clock board record place

local runs = KEYS[10]
local player, after, count, limit_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local about = redis.call('HMGET', meta, 'phase', 'version', 'closes_at', 'pacing', 'published_at', 'board_interval_ms', 'approval')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if about[4] ~= 'self' then return redis.error_reply('WRONG_PACING') end
local score, place = place_of(board, KEYS[11], player)
if not score then return redis.error_reply('NO_SUCH_PLAYER') end
if place ~= board and about[7] == '1' then return redis.error_reply('NOT_ADMITTED') end
local now = clock_ms()
local closes_at = tonumber(about[3])
if about[1] ~= 'running' or (closes_at > 0 and now > closes_at) then return redis.error_reply('NOT_OPEN') end
local run = read_run(redis.call('HGET', runs, player))
local again = run.question == after + 1
if not again and run.question ~= after then return redis.error_reply('MOVED_ON') end
if after + 1 >= count then return redis.error_reply('ALL_DRAWN') end

local version, wait_ms = tonumber(about[2]), 0
if not again then
  run.question, run.started_at = after + 1, now
  redis.call('HSET', runs, player, write_run(run))
  version = next_version()
  wait_ms = show_if_due(version, now, tonumber(about[5]), tonumber(about[6]))
end
local until_ms = run.started_at + limit_ms * run.extra / 100
if closes_at > 0 then until_ms = math.min(until_ms, closes_at) end
return {again and 0 or 1, version, run.started_at, math.floor(until_ms), wait_ms}

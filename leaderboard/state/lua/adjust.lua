-- Give a player points, or take some, for a reason.
--
-- After the end it is told by a stream in the slot of the accounts, as by finish.lua.
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
-- KEYS[10] ledger   stream
-- KEYS[11] runs     hash
-- KEYS[12] corrections  hash
-- KEYS[13] aside   zset
-- KEYS[14] finished  stream
-- KEYS[15] outside  hash
-- ARGV[1] id       of the request, and what it asks for: sent twice it happens once
-- ARGV[2] player
-- ARGV[3] points
-- ARGV[4] by       who does it
-- ARGV[5] reason   in words
-- ARGV[6] correction  JSON members of it, without number and time
-- ARGV[7] most     that a player may have been given by hosts and sent by programs together, either way
-- ARGV[8] undoes   the number of the correction that this takes back, or ''
-- ARGV[9] term     of the host, or ''
-- ARGV[10] kept    JSON of what only the server may know
--
-- Returns {1 done or 0 was done already, version, number of the correction, milliseconds until the board is due or 0}.
-- Publishes the board when due.
-- Errors  NO_SUCH_QUIZ, ID_REUSED, TAKEN_OVER, NO_SUCH_PLAYER, OUT_OF_RANGE, ALREADY_UNDONE
-- include: clock board put record ledger host correction place finished apart

local id, player, points, most, undoes = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[7]), ARGV[8]
local ledger, runs, corrections = KEYS[10], KEYS[11], KEYS[12]
local about = redis.call('HMGET', meta, 'version', 'published_at', 'board_interval_ms', 'sum', 'host_term', 'phase', 'epoch', 'order')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
local done = made_before(corrections, id)
if done == 0 then return redis.error_reply('ID_REUSED') end
if done then return {0, tonumber(about[1]), done, 0} end
if fenced(ARGV[9], about[5]) then return redis.error_reply('TAKEN_OVER') end
local score, place = place_of(board, KEYS[13], player)
if not score then return redis.error_reply('NO_SUCH_PLAYER') end
local run = read_run(redis.call('HGET', runs, player))
if undone(corrections, undoes) then return redis.error_reply('ALREADY_UNDONE') end
if math.abs(run.given + points + sent(redis.call('HGET', KEYS[15], player))) > most then return redis.error_reply('OUT_OF_RANGE') end

local now = clock_ms()
local version = next_version()
local before = math.floor(tonumber(score))
local number = note(corrections, id, undoes, now, ARGV[6], ARGV[10])
run.given = run.given + points
redis.call('HSET', runs, player, write_run(run))
redis.call('HSET', meta, 'runs', '1')
if about[4] ~= '' and place == board then
  redis.call('HINCRBY', meta, 'sum', points)
  redis.call('HINCRBY', meta, 'closed_sum', points)
end
put(place, player, tie_score(before + points, version, about[8]), score)
enter(ledger, player, before, before + points, 'host', '', ARGV[4], version, ARGV[5])
if about[6] == 'finished' then announce(KEYS[14], about[7], version) end
return {1, version, number, show_if_due(version, now, tonumber(about[2]), tonumber(about[3]))}

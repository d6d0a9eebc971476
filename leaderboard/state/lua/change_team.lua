-- Change what a registered team is called, who is in it, its e-mail address, and before it plays its points at the start.
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
-- KEYS[10] names   hash
-- KEYS[11] joined  hash
-- KEYS[12] ledger  stream
-- KEYS[13] runs    hash
-- KEYS[14] details hash
-- KEYS[15] drawn   hash
-- KEYS[16…] answers hash, of each question, unless they are drawn
-- ARGV[1] player
-- ARGV[2] name     JSON string, or '' if it stays
-- ARGV[3] fold     how the name looks without difference of case
-- ARGV[4] look     how it looks
-- ARGV[5] seen     what was known of the team: start, members, e-mail (JSON)
-- ARGV[6] wanted   the same as it shall be
-- ARGV[7] by       who does it
--
-- Returns {1 changed or 0 was so already, version, milliseconds until the board is due or 0}. Publishes the board when due.
-- Errors  NO_SUCH_QUIZ, NO_SUCH_TEAM, MOVED_ON, NAME_TAKEN, FINISHED, ALREADY_PLAYING
-- include: clock board put record ledger joiner team shown naming start

local player, name, fold, look, seen, wanted, by = unpack(ARGV)
local names, joined, ledger, runs, details = KEYS[10], KEYS[11], KEYS[12], KEYS[13], KEYS[14]
local about = redis.call('HMGET', meta, 'version', 'published_at', 'board_interval_ms', 'sum', 'phase')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
local there, old, score = redis.call('HGET', details, player), redis.call('HGET', players, player), redis.call('ZSCORE', board, player)
if not there then return redis.error_reply('NO_SUCH_TEAM') end
local new = name ~= '' and renamed(old, player, name) or old
if there == wanted and old == new then return {0, tonumber(about[1]), 0} end
if there ~= seen then return redis.error_reply('MOVED_ON') end
if name ~= '' and name_taken(names, player, fold, look) then return redis.error_reply('NAME_TAKEN') end
local before, start = start_of(there), start_of(wanted)
if start ~= before then
  if about[5] == 'finished' then return redis.error_reply('FINISHED') end
  local begun = math.floor(tonumber(score)) ~= before
  for i = 15, #KEYS do begun = begun or redis.call('HEXISTS', KEYS[i], player) == 1 end
  if begun then return redis.error_reply('ALREADY_PLAYING') end
end

local now, version = clock_ms(), next_version()
if old ~= new then call_player(names, joined, player, old, new, fold, look) end
redis.call('HSET', details, player, wanted)
if start ~= before then
  local run = read_run(redis.call('HGET', runs, player))
  run.start = start
  redis.call('HSET', runs, player, write_run(run))
  if about[4] ~= '' then
    redis.call('HINCRBY', meta, 'sum', whole(start - before))
    redis.call('HINCRBY', meta, 'closed_sum', whole(start - before))
  end
  put(board, player, tie_score(start, version), score)
  enter(ledger, player, before, start, 'start', '', by, version, '')
end
return {1, version, show_if_due(version, now, tonumber(about[2]), tonumber(about[3]))}

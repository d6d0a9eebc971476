-- Start over: back to the lobby with the same players, no points but those of the start (registered teams: their own), no answers and a new epoch.
--
-- Corrected keys stay; questions that did not count do so again. Who was removed is forgotten; their tokens stay useless.
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
-- KEYS[10] state    string
-- KEYS[11] ledger   stream
-- KEYS[12] runs     hash
-- KEYS[13] counts  hash
-- KEYS[14] corrections  hash
-- KEYS[15] ranks   hash
-- KEYS[16] keys    hash
-- KEYS[17] aside   zset
-- KEYS[18] removed zset
-- KEYS[19] joined  hash
-- KEYS[20] deck    zset
-- KEYS[21] pool    zset
-- KEYS[22] held    hash
-- KEYS[23] leases  zset
-- KEYS[24] drawn   hash
-- KEYS[25] details hash
-- KEYS[26] outside hash
-- KEYS[27] timeline  zset
-- KEYS[28…] answers hash, of each question
-- ARGV[1] epoch    random, made by the caller for this call
-- ARGV[2] term     of the host, or ''
--
-- Returns {1 reset or 0 this very reset was done already, version, milliseconds until the quiz opens by itself or 0}.
-- Publishes the state and the board.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER
-- include: clock board put state lobby record ledger host start

local epoch, term = ARGV[1], ARGV[2]
local ledger, runs, corrections, keys, aside, removed, joined = KEYS[11], KEYS[12], KEYS[14], KEYS[16], KEYS[17], KEYS[18], KEYS[19]
local there = redis.call('HMGET', meta, 'epoch', 'version', 'played', 'start', 'sum', 'pacing', 'lobby_ms', 'host_term', 'order')
if not there[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if there[1] == epoch then return {0, tonumber(there[2]), 0} end
if fenced(term, there[8]) then return redis.error_reply('TAKEN_OVER') end

local now = clock_ms()
local version = next_version()
local last = redis.call('HGET', corrections, 'last')
for _, player in ipairs(redis.call('ZRANGE', removed, 0, -1)) do
  for _, key in ipairs({players, runs, joined}) do redis.call('HDEL', key, player) end
end
local deck, pool, details = KEYS[20], KEYS[21], KEYS[25]
local stays = {[runs] = true, [keys] = true, [aside] = true, [joined] = true, [deck] = true, [details] = true}
for i = 11, #KEYS do
  if not stays[KEYS[i]] then redis.call('UNLINK', KEYS[i]) end
end
if last then redis.call('HSET', corrections, 'last', last) end -- no number is used twice
redis.call('ZUNIONSTORE', pool, 1, deck)
for question = 0, #there[3] - 1 do
  local key = redis.call('HGET', keys, whole(question))
  redis.call('HSET', keys, whole(question), (string.gsub(key, ',"void":true', '')))
end
local sum = 0
for _, place in ipairs({board, aside}) do
  for _, player in ipairs(redis.call('ZRANGE', place, 0, -1)) do
    local run, start = read_run(), start_of(redis.call('HGET', details, player), there[4])
    run.start, run.extra = start, read_run(redis.call('HGET', runs, player)).extra
    if start ~= 0 or run.extra ~= 100 then redis.call('HSET', runs, player, write_run(run)) else redis.call('HDEL', runs, player) end
    put(place, player, tie_score(start, version), redis.call('ZSCORE', place, player))
    if start ~= 0 then enter(ledger, player, 0, start, 'start', '', 'quiz', version, '') end
    if place == board then sum = sum + start end
  end
end
local ranked = redis.call('ZCARD', board)
start_over(epoch, #there[3])
if tonumber(redis.call('HGET', meta, 'next_at')) < now then redis.call('HSET', meta, 'next_at', '0') end -- the host opens it
if there[5] ~= '' then redis.call('HSET', meta, 'sum', whole(sum), 'closed_sum', whole(sum)) end
local wait_ms = 0
if there[6] == 'auto' and ranked > 0 then
  wait_ms = tonumber(there[7])
  redis.call('HSET', meta, 'next_at', whole(now + wait_ms))
end
show_state(now, 'null', 'null', 'null')
show(version, now)
return {1, version, wait_ms}

-- Work out anew what some players' answers give, by the very rules that graded them first, and put right what differs.
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
-- KEYS[12] counts   hash
-- KEYS[13] aside    zset
-- KEYS[14] removed  zset
-- KEYS[15] outside  hash
-- KEYS[16] held     hash
-- KEYS[17] drawn    hash
-- KEYS[18…] answers hash, of each question that gives points, in the order in which they were played
-- ARGV[1] apply    '1', or '0' to change nothing
-- ARGV[2] correction  that this belongs to, or ''
-- ARGV[3] target   which of the questions has a new key, from 1; 0 for none
-- ARGV[4] reason   for the ledger
-- ARGV[5] note     for the ledger; without a correction one of this very call, so that sent twice it happens once
-- ARGV[6] floor
-- ARGV[7] streak bonus
-- ARGV[8] streak most
-- ARGV[9] places
-- ARGV[10] lease_ms in which another node does not take up the work
-- ARGV[11] content  that graded
-- ARGV[12…] question, rule, points, penalty, void ('1' or '0') of each question; then for each player: player, attempts, grade,
--   time and place at the target (attempts 0: no answer), its record from "choice" on if that differs too or ''; score on the board
--   or '' for any; total booked or '' for that of the board
--
-- Returns {1, or 0 if another question has been opened, a key has been replaced or the correction has ended; ID of the last entry in the ledger; for each player: 1 differed, 0 did not,
--   -1 has moved on meanwhile; total before; total as worked out; 1 on the board or lost from it, 2 aside, 3 removed, whose total
--   is 0 whatever they answered}. Publishes nothing.
-- Errors  NO_SUCH_QUIZ
-- include: clock board put score record replay ledger place apart

local apply, correction, target, note = ARGV[1] == '1', ARGV[2], tonumber(ARGV[3]), ARGV[5]
local rules = {floor = ARGV[6], bonus = tonumber(ARGV[7]), most = tonumber(ARGV[8]), places = ARGV[9]}
local ledger, runs, counts, aside, removed, rounds = KEYS[10], KEYS[11], KEYS[12], KEYS[13], KEYS[14], #KEYS - 17
local about = redis.call('HMGET', meta, 'phase', 'question', 'round', 'correcting', 'sum', 'pacing', 'rebuilt', 'content', 'order')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
apply = apply and (correction ~= '' or about[7] ~= note)
local self_paced = about[6] == 'self'
if about[6] == 'draw' then -- one player, with the questions that they were given
  local _, given = string.gsub(redis.call('HGET', KEYS[17], ARGV[12 + 5 * rounds]) or '', '%d+', '')
  about[3], self_paced = given, false
end
if (not self_paced and tonumber(about[3]) ~= rounds) or about[8] ~= ARGV[11] or (correction ~= '' and about[4] ~= correction) then return {0, ''} end

local questions, them, at = read_questions(12, rounds), {}, {}
for n = 12 + 5 * rounds, #ARGV, 8 do
  them[#them + 1], at[#at + 1] = ARGV[n], n
end
local records = {}
for i = 1, rounds do records[i] = redis.call('HMGET', KEYS[17 + i], unpack(them)) end
local texts = redis.call('HMGET', runs, unpack(them))
local outside, held = redis.call('HMGET', KEYS[15], unpack(them)), redis.call('HMGET', KEYS[16], unpack(them))

local ahead = still_ahead(about, self_paced)
local last = redis.call('XREVRANGE', ledger, '+', '-', 'COUNT', 1)[1]
local out, moved, version = {1, last and last[1] or '0-0'}, 0, nil
for p, player in ipairs(them) do
  local run, score, place = read_run(texts[p]), place_of(board, aside, player)
  local gone = not score and redis.call('ZSCORE', removed, player)
  if not score then place = board end
  local expected, booked = ARGV[at[p] + 6], ARGV[at[p] + 7]
  local before = score and math.floor(tonumber(score)) or 0
  local n, theirs = at[p], {}
  for i = 1, rounds do theirs[i] = records[i][p] end
  local graded = {attempts = ARGV[n + 1], grade = ARGV[n + 2], time = tonumber(ARGV[n + 3]), place = tonumber(ARGV[n + 4]),
    rest = ARGV[n + 5]}
  local sum, different = replay(questions, theirs, run, rules, target, graded, ahead)
  local changed, total = -1, before
  if sum and (expected == '' or expected == (score or 'none')) then
    total = gone and 0 or run.start + run.given + sum + sent(outside[p]) - stake(held[p])
    booked = booked == '' and before or tonumber(booked)
    changed = (not (score or gone) or total ~= before or total ~= booked or next(different)) and 1 or 0
    if apply and changed == 1 then
      version = version or next_version()
      for i, new in pairs(different) do
        redis.call('HSET', KEYS[17 + i], player, new[1])
        if new[2] ~= 0 then redis.call('HINCRBY', counts, whole(questions[i].number) .. ':right', new[2]) end
      end
      -- Who had reached their total earlier stays ahead among equals: a correction is nobody's merit.
      local reached = score and string.format('%.17g', total + tonumber(score) - before) or tie_score(total, version, about[9])
      if not gone then put(place, player, reached, score) end
      if total ~= booked then
        enter(ledger, player, booked, total, ARGV[4], target > 0 and whole(questions[target].number) or '', 'host', version, note)
      end
      if place == board then moved = moved + total - before end
    end
    -- Also of who did not answer the target: whether it counts decides whether leaving it out has ended their streak.
    local text = write_run(run)
    if apply and rules.bonus > 0 and text ~= texts[p] then redis.call('HSET', runs, player, text) end
  end
  out[#out + 1], out[#out + 2], out[#out + 3], out[#out + 4] = changed, before, total, gone and 3 or place == board and 1 or 2
end
if moved ~= 0 and about[5] ~= '' then
  redis.call('HINCRBY', meta, 'sum', moved)
  redis.call('HINCRBY', meta, 'closed_sum', moved)
end
if apply and correction == '' then redis.call('HSET', meta, 'rebuilt', note) end
if apply and correction ~= '' then redis.call('HSET', meta, 'correcting_until', whole(clock_ms() + tonumber(ARGV[10]))) end
return out

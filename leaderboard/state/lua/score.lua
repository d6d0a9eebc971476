-- Apply events of other programs to the points of players, each once, wherever and whenever it comes; a list of them, each wholly or not.
--
-- An event that takes another one back may come before it. Events are known for ever, also after a reset; then they count no more.
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
-- KEYS[10] ledger  stream
-- KEYS[11] runs    hash
-- KEYS[12] aside   zset
-- KEYS[13] removed zset
-- KEYS[14] users   hash
-- KEYS[15] joined  hash
-- KEYS[16] banned  set
-- KEYS[17] outside hash
-- KEYS[18] events  hash
-- KEYS[19] timeline  zset
-- ARGV[1] account  that had users join, or '' for the one that made the quiz
-- ARGV[2] by       who sends them
-- ARGV[3] ranks    '1' to tell ranks
-- ARGV[4] most     that a player may have been sent and given by the host together, either way
-- ARGV[5] most_events  of the quiz
-- ARGV[6…] id, user, operator, score, at in ms or '', name (JSON), id of the event that a `retract` takes back, of each event
--
-- Returns {version, milliseconds until the board is due or 0, then of each event that was looked at, which are all unless looking at
--   others took too long: `applied`, `duplicate`, or a code and a detail; the player's total; their rank, 0 where it was not asked for
--   or they are aside, -1 where there is no player}. Publishes the board when due.
-- Errors  NO_SUCH_QUIZ
-- include: clock board put record ledger joiner average tally sent

if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end

local function retract(id, retracts)
  local text = known_of(retracts)
  if text and string.sub(text, 1, 1) == '<' then return 'MALFORMED A retraction cannot be taken back.' end
  local player, us, _, operator, score = string.match(text or '', EVENT)
  local event = {key = (us or '') .. ' ' .. retracts, operator = operator, score = tonumber(score)}
  local who, refusal
  flush()
  if player and redis.call('ZSCORE', timeline, player .. ' ' .. event.key) then
    if one_of(gone, 'ZSCORE', removed, player) then return 'REMOVED' end
    who = load(player)
    refusal = change(who, event, -1, id)
    if refusal then return refusal, who end
  end
  if not text then remember(retracts, '!') end
  remember(id, '<' .. retracts)
  return 'applied', who
end

local function apply(id, user, operator, score, us, mark, name, taken_back)
  local who, player, refusal
  if not taken_back then
    player, refusal = player_of(user)
    refusal = refusal or (not player and no_newcomer(user))
    if refusal then return refusal end
    who = player and load(player) or enroll(user, name)
    refusal = change(who, {key = us .. ' ' .. id, operator = operator, score = tonumber(score)}, 1, id)
    if refusal then return refusal, who end
  end
  local name_of = who and who.player or '.'
  remember(id, string.format('%s %s%s%s %s%s', name_of, us, mark, operator, score, name_of ~= user and ' ' .. user or ''))
  return 'applied', who
end

local function receive(n)
  local id, user, operator, score, at, name, retracts = unpack(ARGV, n, n + 6)
  local before = known_of(id)
  if before and before ~= '!' then
    if not repeats(before, user, operator, score, at, retracts) then return 'ID_REUSED Another event has this ID, with other content.' end
    local player = string.match(operator == 'retract' and known_of(retracts) or before, EVENT)
    return 'duplicate', player and load(player)
  end
  if about[4] == 'finished' then return 'FINISHED' end
  if known >= most_events then return 'OUT_OF_RANGE A quiz takes at most ' .. whole(most_events) .. ' events.' end
  if operator == 'retract' then return retract(id, retracts) end
  if at ~= '' and at * 1000 > now_us + DAY_US then return 'OUT_OF_RANGE It lies more than a day ahead.' end
  local us = stamp(at == '' and now_us + n or at * 1000) -- those of one list follow each other
  return apply(id, user, operator, score, us, at == '' and '~' or '+', name, before)
end

local results, out = {}, {0, 0}
for n = 6, #ARGV, 7 do
  results[#results + 1] = {receive(n)}
  if looked > MOST_IN_PLACE then break end
end
flush()
if version > tonumber(about[1]) then redis.call('HSET', meta, 'version', whole(version)) end -- teams look at it
write_totals()
weigh(about[8], 1, moved)
for _, result in ipairs(results) do
  local who, rank = result[2], 0
  if not who or not who.score then rank = -1
  elseif ranks and who.place == board then rank = rank_of(place_in(board, who.player, about[10]), who.total, about[9], about[10]) end
  for _, part in ipairs({result[1], who and who.total or 0, rank}) do out[#out + 1] = part end
end
out[1] = version
out[2] = version > tonumber(about[1]) and show_if_due(version, math.floor(now_us / 1000), tonumber(about[2]), tonumber(about[3])) or 0
return out

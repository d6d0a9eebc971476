-- What score.lua knows of a quiz, of the events that it was sent, and of the players whom they are about.
local account, by, ranks, most, most_events = ARGV[1], ARGV[2], ARGV[3] == '1', tonumber(ARGV[4]), tonumber(ARGV[5])
local ledger, runs, aside, removed, users, joined = KEYS[10], KEYS[11], KEYS[12], KEYS[13], KEYS[14], KEYS[15]
local banned, outside, events, timeline = KEYS[16], KEYS[17], KEYS[18], KEYS[19]
local about = redis.call('HMGET', meta, 'version', 'published_at', 'board_interval_ms', 'phase', 'owner', 'max_players', 'start', 'sum',
  'ties', 'order', 'grouped')
if account == '' then account = about[5] or '' end
local better = about[10] == 'ascending' and math.min or math.max
local time, version, known = redis.call('TIME'), tonumber(about[1]), redis.call('HLEN', events)
local now_us = time[1] * 1000000 + time[2]
local them, moved, looked = {}, 0, 0
local DAY_US = 86400000000
local noted, timed = {}, {} -- what is still to be written of events, and of their order

-- What there is under several names, by name; false where there is nothing.
local function all_of(command, key, names)
  local found, out = names[1] and redis.call(command, key, unpack(names)) or {}, {}
  for i, name in ipairs(names) do out[name] = found[i] end
  return out
end

local ids, senders = {}, {}
for n = 6, #ARGV, 7 do
  ids[#ids + 1], senders[#senders + 1] = ARGV[n], ARGV[n + 1]
end
local texts, cards, scores = all_of('HMGET', events, ids), all_of('HMGET', players, senders), all_of('ZMSCORE', board, senders)
local gone, runs_of = all_of('ZMSCORE', removed, senders), all_of('HMGET', runs, senders)
local tallies = all_of('HMGET', outside, senders)

-- One more of what is in such a table.
local function one_of(found, command, key, name)
  if found[name] == nil then found[name] = redis.call(command, key, name) end
  return found[name]
end

-- What is known of an event: EVENT; `<` and what it takes back; `!` if it was taken back before it came; false.
local function known_of(id)
  return one_of(texts, 'HGET', events, id)
end

local function remember(id, text)
  if not known_of(id) then known = known + 1 end
  texts[id] = text
  noted[#noted + 1], noted[#noted + 2] = id, text
end

-- Write what is known of events before others look at it.
local function flush()
  if noted[1] then redis.call('HSET', events, unpack(noted)) end
  if timed[1] then redis.call('ZADD', timeline, unpack(timed)) end
  noted, timed = {}, {}
end

-- The player whom an event is about: of this ID, or whom the program's account had join as this user; nil where there is none yet.
-- A refusal instead if they were removed.
local function player_of(user)
  local player = one_of(cards, 'HGET', players, user) and user
  if not player then
    local external = 'external:' .. account .. ':' .. user
    local found = redis.call('HMGET', users, external, 'removed:' .. external)
    player = found[1] or found[2]
  end
  if not player then return nil end
  if one_of(gone, 'ZSCORE', removed, player) then return nil, 'REMOVED' end
  return one_of(cards, 'HGET', players, player) and player or nil -- who was removed before a reset is forgotten
end

-- Why nobody of this ID can be made a player; nil if they can.
local function no_newcomer(user)
  if #user > 64 or not string.match(user, '^[A-Za-z0-9_-]+$') then
    return 'NO_SUCH_PLAYER No player has this `user_id`, and a new one has 1 to 64 of the characters A-Z a-z 0-9 _ -.'
  end
  if redis.call('SISMEMBER', banned, 'user:external:' .. account .. ':' .. user) == 1 then return 'BANNED' end
  return redis.call('ZCARD', board) >= tonumber(about[6] or '20000') and 'FULL' or nil
end

local function load(player)
  if not them[player] then
    local score, place = one_of(scores, 'ZSCORE', board, player), board
    if not score then score, place = redis.call('ZSCORE', aside, player), aside end
    them[player] = {player = player, score = score, place = place, total = math.floor(tonumber(score or 0)),
      tally = read_tally(one_of(tallies, 'HGET', outside, player)),
      given = read_run(one_of(runs_of, 'HGET', runs, player)).given}
  end
  return them[player]
end

-- Make a player on the board, with the points that everybody starts with.
local function enroll(user, name)
  local start = tonumber(about[7])
  version = version + 1
  redis.call('HSET', players, user, card_of(user, name))
  if account ~= '' then
    local external = 'external:' .. account .. ':' .. user
    redis.call('HSET', users, external, user)
    redis.call('HSET', joined, user, write_joiner({token = '', origin = '', fold = '', look = '', user = external}))
  end
  if start ~= 0 then
    local run = read_run()
    run.start = start
    redis.call('HSET', runs, user, write_run(run))
    enter(ledger, user, 0, start, 'start', '', 'quiz', version, '')
  end
  weigh(about[8], 1, start)
  scores[user], cards[user] = tie_score(start, version), true
  put(board, user, scores[user], false, '0')
  return load(user)
end

-- Count an event in (sign 1) or out (-1) for a player, by the event `id`. Returns the refusal.
local function change(who, event, sign, id)
  local tally, n = copy_tally(who.tally), 0
  if not (sign == 1 and add or drop)(tally, event, better) then
    flush()
    tally, n = refold(timeline, events, who.player, who.tally, sign == 1 and event, sign == -1 and event.key, better)
    looked = looked + n
  end
  if not tally then return 'TOO_FAR_BACK' end
  if math.abs(tally.value + who.given) > most then return 'OUT_OF_RANGE A player is given at most ' .. whole(most) .. ' points in all.' end
  local total = who.total + tally.value - who.tally.value
  if total ~= who.total then
    version = version + 1
    enter(ledger, who.player, who.total, total, 'outside', '', by, version, id)
    if who.place == board then moved = moved + total - who.total end
    who.total, who.version = total, version
  end
  who.tally, who.changed = tally, true
  local member = who.player .. ' ' .. event.key
  if sign == 1 then timed[#timed + 1], timed[#timed + 2] = 0, member else redis.call('ZREM', timeline, member) end
end

-- Whether it is the very event that was known before.
local function repeats(text, user, operator, score, at, retracts)
  if operator == 'retract' then return text == '<' .. retracts end
  local player, us, mark, of, points, other = string.match(text, EVENT)
  if at ~= '' then at = stamp(at * 1000) end
  return of == operator and points == score and user == (other == '' and player or other)
    and (at == '' and mark == '~' or at == us and mark == '+')
end

-- Write what everybody has now: those on the board with one command where nobody is in a group, for each is noted in the log on disk.
local function write_totals()
  local written, placed_anew, plain = {}, {}, (about[11] or '0') ~= '1'
  for _, who in pairs(them) do
    if who.changed then written[#written + 1], written[#written + 2] = who.player, write_tally(who.tally) end
    local score = who.version and tie_score(who.total, who.version, about[10])
    if score and plain and who.place == board then placed_anew[#placed_anew + 1], placed_anew[#placed_anew + 2] = score, who.player
    elseif score then put(who.place, who.player, score, who.score, about[11] or '0') end
  end
  if written[1] then redis.call('HSET', outside, unpack(written)) end
  if placed_anew[1] then redis.call('ZADD', board, unpack(placed_anew)) end
end

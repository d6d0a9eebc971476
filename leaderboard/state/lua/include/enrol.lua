-- A new player's card, token, name and points, in scripts in which KEYS[11] are the tokens, KEYS[12] the ledger, KEYS[13] the runs,
-- KEYS[14] the names and KEYS[16] the joined. it: what must be known of a joiner. What total has beyond the start is of who comes late.
local function enrol(place, player, card, it, start, total, version)
  redis.call('HSET', players, player, card)
  redis.call('HSET', KEYS[11], it.token, player)
  redis.call('HSET', KEYS[14], it.fold, player, it.look, player)
  redis.call('HSET', KEYS[16], player, write_joiner(it))
  put(place, player, tie_score(total, version))
  if start ~= 0 then enter(KEYS[12], player, 0, start, 'start', '', 'quiz', version, '') end
  if total ~= start then enter(KEYS[12], player, start, total, 'late', '', 'quiz', version, '') end
  if total ~= 0 then
    local run = read_run()
    run.start = total
    redis.call('HSET', KEYS[13], player, write_run(run))
  end
end

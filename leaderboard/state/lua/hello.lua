-- What somebody who comes in needs to know: who they are, and what was last published. Host and players take the place of their socket before, players only where they may have no more than one.
--
-- KEYS[1] meta     hash
-- KEYS[2] tokens   hash
-- KEYS[3] players  hash
-- KEYS[4] state    string
-- KEYS[5] shown    string
-- KEYS[6] feed     channel
-- KEYS[7] seats    hash
-- ARGV[1] token    SHA-256, or '' for a spectator
--
-- Returns {player, '@host', '@removed' or '' for nobody, the player's card or '', now, state message, board message,
--   term of the host or '', the number of the player's socket or 0, how many of them a player may have on each node, board message for
--   hosts alone or ''}. Publishes the term of a new host, or the newest seat of a player.
-- Errors  NO_SUCH_QUIZ
-- include: clock

local meta, tokens, players, state, shown, feed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local token = ARGV[1]

local epoch, devices = unpack(redis.call('HMGET', meta, 'epoch', 'devices'))
if not epoch then return redis.error_reply('NO_SUCH_QUIZ') end
local who = token ~= '' and redis.call('HGET', tokens, token) or ''
local card = who ~= '' and redis.call('HGET', players, who) or ''
local term = ''
if who == '@host' then
  term = whole(redis.call('HINCRBY', meta, 'host_term', 1))
  redis.call('PUBLISH', feed, '{"type":"host","epoch":"' .. epoch .. '","version":' .. term .. '}')
end
local seat = 0
devices = tonumber(devices or '1')
if card and card ~= '' and devices > 1 then
  seat = tonumber(redis.call('HGET', KEYS[7], who) or '0')
elseif card and card ~= '' then
  seat = redis.call('HINCRBY', KEYS[7], who, 1)
  if seat > 1 then
    redis.call('PUBLISH', feed, '{"type":"seat","epoch":"' .. epoch .. '","player":"' .. who .. '","version":' .. whole(seat) .. '}')
  end
end
return {who, card, clock_ms(), redis.call('GET', state), redis.call('GET', shown), term, seat, devices,
  redis.call('HGET', meta, 'all_rows') or ''}

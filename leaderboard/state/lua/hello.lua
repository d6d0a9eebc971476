-- What somebody who comes in needs to know: who they are, and what was last published.
--
-- KEYS[1] meta     hash
-- KEYS[2] tokens   hash
-- KEYS[3] players  hash
-- KEYS[4] state    string
-- KEYS[5] shown    string
-- ARGV[1] token    SHA-256, or '' for a spectator
--
-- Returns {player, '@host' or '' for nobody, the player's card or '', now, state message, board message}.
-- Changes and publishes nothing.
-- Errors  NO_SUCH_QUIZ
-- include: clock

local meta, tokens, players, state, shown = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local token = ARGV[1]

if redis.call('EXISTS', meta) == 0 then return redis.error_reply('NO_SUCH_QUIZ') end
local who = token ~= '' and redis.call('HGET', tokens, token) or ''
local card = who ~= '' and redis.call('HGET', players, who) or ''
return {who, card, clock_ms(), redis.call('GET', state), redis.call('GET', shown)}

-- Keep a new token: an API key, or an invitation. Of too many the oldest goes.
--
-- KEYS[1] grants   hash: the owner's API keys or invitations
-- KEYS[2] account  hash, of the owner; not there: who makes it has no account
-- ARGV[1] id
-- ARGV[2] token    SHA-256 of it
-- ARGV[3] life_ms  0: for ever
-- ARGV[4] what else is kept of it
-- ARGV[5] most     of one owner
--
-- Returns {1 made or 0 was made already, created_at, expires_at or 0}. Publishes nothing.
-- Errors  ID_REUSED, NO_SUCH_ACCOUNT
-- include: clock grant

local grants, account, id, life_ms = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[3])
local there = read_grant(redis.call('HGET', grants, id))
if there and there.digest == ARGV[2] then return {0, there.created_at, there.ends_at} end
if there then return redis.error_reply('ID_REUSED') end
if account and redis.call('EXISTS', account) == 0 then return redis.error_reply('NO_SUCH_ACCOUNT') end

local now = clock_ms()
local ends_at = life_ms > 0 and now + life_ms or 0
add_grant(grants, id, ARGV[2], now, 0, ends_at, ARGV[4], tonumber(ARGV[5]))
return {1, now, ends_at}

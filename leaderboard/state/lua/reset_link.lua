-- Let a new password be chosen with a token, in place of the one given out before.
--
-- KEYS[1] account  hash
-- ARGV[1] id       of the token
-- ARGV[2] token    SHA-256 of it
-- ARGV[3] life_ms
--
-- Returns {1 made or 0 was made already, expires_at}. Publishes nothing.
-- Errors  NO_SUCH_ACCOUNT, ID_REUSED
-- include: clock grant

local account, id = KEYS[1], ARGV[1]
local there = redis.call('HMGET', account, 'email', 'reset_id', 'reset')
if not there[1] then return redis.error_reply('NO_SUCH_ACCOUNT') end
local grant = read_grant(there[3])
if grant and there[2] == id then
  if grant.digest ~= ARGV[2] then return redis.error_reply('ID_REUSED') end
  return {0, grant.ends_at}
end

local now = clock_ms()
local ends_at = now + tonumber(ARGV[3])
redis.call('HSET', account, 'reset_id', id, 'reset', write_grant(ARGV[2], now, now, ends_at, ''))
return {1, ends_at}

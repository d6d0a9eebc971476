-- Say whose a token is, and note that it was used: a session lives longer by it.
--
-- KEYS[1] account  hash
-- KEYS[2] grants   hash: the account's sessions, or its API keys
-- ARGV[1] id       of the session or key
-- ARGV[2] token    SHA-256 of the token
-- ARGV[3] life_ms  of a session that is used; 0 for a key, whose end is fixed
-- ARGV[4] most_ms  of a session from its beginning
-- ARGV[5] note_ms  a use is noted so long after the one noted before
-- ARGV[6] renew_ms  a session is prolonged by no less than this
--
-- Returns {role, name, what else is kept of the token}. Publishes nothing.
-- Errors  UNAUTHORIZED
-- include: clock grant

local account, grants, id, life_ms = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[3])
local now = clock_ms()
local grant = read_grant(redis.call('HGET', grants, id))
if not grant or grant.digest ~= ARGV[2] or ended(grant, now) then return redis.error_reply('UNAUTHORIZED') end
local about = redis.call('HMGET', account, 'role', 'name')
if not about[1] then return redis.error_reply('UNAUTHORIZED') end

if now - grant.used_at >= tonumber(ARGV[5]) then
  local ends_at, longer = grant.ends_at, math.min(now + life_ms, grant.created_at + tonumber(ARGV[4]))
  if life_ms > 0 and longer - ends_at >= tonumber(ARGV[6]) then
    ends_at = longer
    redis.call('PEXPIRE', grants, life_ms)
  end
  redis.call('HSET', grants, id, write_grant(grant.digest, grant.created_at, now, ends_at, grant.rest))
end
return {about[1], about[2], grant.rest}

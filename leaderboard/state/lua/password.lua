-- Give an account another password: from who knew the old one, or has a token for it. All its sessions end, but one.
--
-- KEYS[1] account   hash
-- KEYS[2] sessions  hash
-- ARGV[1] old       the hash that was verified, or '' with a token
-- ARGV[2] token     SHA-256 of it
-- ARGV[3] new       hash
-- ARGV[4] keep      ID of the session that goes on, or ''
-- ARGV[5] life_ms   that a session has at most to live
--
-- Returns {1 changed or 0 was changed already}. Publishes nothing.
-- Errors  BAD_RESET, WRONG_PASSWORD
-- include: clock grant

local account, sessions, old, new, keep = KEYS[1], KEYS[2], ARGV[1], ARGV[3], ARGV[4]
local there = redis.call('HMGET', account, 'password', 'reset')
if there[1] == new then return {0} end
local reset = read_grant(there[2])
if old == '' and (not reset or reset.digest ~= ARGV[2] or ended(reset, clock_ms())) then return redis.error_reply('BAD_RESET') end
if old ~= '' and there[1] ~= old then return redis.error_reply('WRONG_PASSWORD') end

local kept = redis.call('HGET', sessions, keep)
redis.call('HSET', account, 'password', new)
redis.call('HDEL', account, 'reset', 'reset_id')
redis.call('UNLINK', sessions)
if kept then
  redis.call('HSET', sessions, keep, kept)
  redis.call('PEXPIRE', sessions, ARGV[5])
end
return {1}

-- Begin a session, if the password is still the one that was verified. The oldest of too many sessions ends.
--
-- KEYS[1] account   hash
-- KEYS[2] sessions  hash
-- ARGV[1] password  the hash that was verified
-- ARGV[2] better    another hash of the same password, to be kept from now on, or ''
-- ARGV[3] session   ID
-- ARGV[4] token     SHA-256 of its token
-- ARGV[5] agent
-- ARGV[6] life_ms
-- ARGV[7] most      sessions of an account
--
-- Returns {1 begun or 0 was begun already, expires_at}. Publishes nothing.
-- Errors  WRONG_PASSWORD
-- include: clock grant

local account, sessions, better, session = KEYS[1], KEYS[2], ARGV[2], ARGV[3]
local there = read_grant(redis.call('HGET', sessions, session))
if there and there.digest == ARGV[4] then return {0, there.ends_at} end
if redis.call('HGET', account, 'password') ~= ARGV[1] then return redis.error_reply('WRONG_PASSWORD') end

local now = clock_ms()
local ends_at = now + tonumber(ARGV[6])
if better ~= '' then redis.call('HSET', account, 'password', better) end
add_grant(sessions, session, ARGV[4], now, now, ends_at, ARGV[5], tonumber(ARGV[7]))
redis.call('PEXPIRE', sessions, ARGV[6])
return {1, ends_at}

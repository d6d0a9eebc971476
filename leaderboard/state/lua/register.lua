-- Make an account and, if it is so wished, sign its owner in; an invitation is used up by it.
--
-- KEYS[1] emails     hash
-- KEYS[2] everybody  zset
-- KEYS[3] account    hash
-- KEYS[4] sessions   hash
-- KEYS[5] invites    hash, of who has invited
-- KEYS[6] inviter    hash, their account; not there: they have none
-- ARGV[1] account    ID
-- ARGV[2] email
-- ARGV[3] name
-- ARGV[4] role       unless an invitation says another
-- ARGV[5] password   its hash
-- ARGV[6] made       SHA-256 that belongs to this request and to what it says
-- ARGV[7] session    ID, or '' for none
-- ARGV[8] token      SHA-256 of the session's token
-- ARGV[9] agent
-- ARGV[10] life_ms   of the session
-- ARGV[11] invite    ID, or '' for none
-- ARGV[12] its token  SHA-256 of it
-- ARGV[13] invited   SHA-256 of the e-mail address
--
-- Returns {1 made or 0 this very account was there already, role, created_at}. Publishes nothing.
-- Errors  ID_REUSED, EMAIL_TAKEN, BAD_INVITE
-- include: clock grant

local emails, everybody, account, sessions, invites = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, email, name, role, session, invite = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[7], ARGV[11]

local there = redis.call('HMGET', account, 'made', 'role', 'created_at')
if there[1] == ARGV[6] then return {0, there[2], tonumber(there[3])} end
if there[1] then return redis.error_reply('ID_REUSED') end
local now = clock_ms()
if invite ~= '' then
  local grant = read_grant(redis.call('HGET', invites, invite))
  if not grant or grant.digest ~= ARGV[12] or ended(grant, now) then return redis.error_reply('BAD_INVITE') end
  local as, whom = string.match(grant.rest, '^(%l+) (%x*)$')
  if whom ~= '' and whom ~= ARGV[13] then return redis.error_reply('BAD_INVITE') end
  local by = redis.call('HGET', KEYS[6], 'role') -- as it is today: an admin may be one no more
  if by == 'player' or (by == 'host' and as ~= 'player') then return redis.error_reply('BAD_INVITE') end
  role = as
end
-- Only now: without an invitation nobody shall learn who has an account.
if redis.call('HEXISTS', emails, email) == 1 then return redis.error_reply('EMAIL_TAKEN') end

redis.call('HDEL', invites, invite)
redis.call('HSET', emails, email, id)
redis.call('ZADD', everybody, whole(now), id)
redis.call('HSET', account, 'email', email, 'name', name, 'role', role, 'password', ARGV[5], 'created_at', whole(now),
  'made', ARGV[6])
if session ~= '' then
  add_grant(sessions, session, ARGV[8], now, now, now + tonumber(ARGV[10]), ARGV[9], 1)
  redis.call('PEXPIRE', sessions, ARGV[10])
end
return {1, role, now}

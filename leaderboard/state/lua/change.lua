-- Change what an account says: its name, its e-mail address, its role.
--
-- KEYS[1] emails   hash
-- KEYS[2] account  hash
-- ARGV[1] account  ID
-- ARGV[2] email    or '' to leave it as it is
-- ARGV[3] name     or ''
-- ARGV[4] role     or ''
--
-- Returns {1}. Publishes nothing.
-- Errors  NO_SUCH_ACCOUNT, EMAIL_TAKEN

local emails, account, id, email, name, role = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local before = redis.call('HGET', account, 'email')
if not before then return redis.error_reply('NO_SUCH_ACCOUNT') end
local holder = email ~= '' and redis.call('HGET', emails, email)
if holder and holder ~= id then return redis.error_reply('EMAIL_TAKEN') end

if email ~= '' and email ~= before then
  redis.call('HDEL', emails, before)
  redis.call('HSET', emails, email, id)
  redis.call('HSET', account, 'email', email)
  redis.call('HDEL', account, 'reset', 'reset_id') -- it went to the old address
end
if name ~= '' then redis.call('HSET', account, 'name', name) end
if role ~= '' then redis.call('HSET', account, 'role', role) end
return {1}

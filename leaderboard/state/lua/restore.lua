-- Let a quiz be there whose keys have been filled under other names.
--
-- KEYS[1] meta  hash
-- KEYS[2] part  that is to be meta
-- KEYS[3…] of each other key its name, then that of its part
-- ARGV[1] epoch
--
-- Returns {1 restored or 0 this very quiz was already}. Publishes nothing.
-- Errors  ID_TAKEN, MOVED_ON

local epoch = redis.call('HGET', KEYS[1], 'epoch')
if epoch == ARGV[1] and redis.call('EXISTS', KEYS[2]) == 0 then return {0} end
if epoch then return redis.error_reply('ID_TAKEN') end
for i = 2, #KEYS, 2 do
  if redis.call('EXISTS', KEYS[i]) == 0 then return redis.error_reply('MOVED_ON It took too long; begin again.') end
end

for i = 1, #KEYS, 2 do
  redis.call('RENAME', KEYS[i + 1], KEYS[i])
  redis.call('PERSIST', KEYS[i])
end
return {1}

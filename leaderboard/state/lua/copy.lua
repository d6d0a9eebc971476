-- Copy a quiz as it is at this moment, under names that nobody looks at and that are forgotten soon.
--
-- KEYS[1] meta  hash
-- KEYS[2] part  that becomes its copy
-- KEYS[3…] of each other key its name, then that of its copy
-- ARGV[1] lasts_ms
--
-- Returns {keys copied}. Publishes nothing.
-- Errors  NO_SUCH_QUIZ

if redis.call('EXISTS', KEYS[1]) == 0 then return redis.error_reply('NO_SUCH_QUIZ') end

local copied = 0
for i = 1, #KEYS, 2 do
  copied = copied + redis.call('COPY', KEYS[i], KEYS[i + 1], 'REPLACE')
  redis.call('PEXPIRE', KEYS[i + 1], ARGV[1])
end
return {copied}

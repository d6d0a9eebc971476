-- Be done with a finished quiz: its results are kept for accounts, or they cannot be, and it is put aside.
--
-- KEYS[1] finished  stream
-- KEYS[2] dead      stream
-- ARGV[1] id        of the entry
-- ARGV[2] reason    why it is put aside, or ''
-- ARGV[3] most      that are put aside
-- ARGV[4] quiz
-- ARGV[5] epoch
-- ARGV[6] version
--
-- Returns {1 done or 0 was done already}. Publishes nothing.
-- Errors  none

local finished, dead, id, reason = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
if redis.call('XACK', finished, 'history', id) == 0 then return {0} end
redis.call('XDEL', finished, id)
if reason ~= '' then
  redis.call('XADD', dead, 'MAXLEN', '~', ARGV[3], '*', 'quiz', ARGV[4], 'epoch', ARGV[5], 'version', ARGV[6], 'reason', reason)
end
return {1}

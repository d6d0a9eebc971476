-- Note in the journal what somebody has done. What is oldest goes.
--
-- KEYS[1] log      stream
-- KEYS[2] noted    string, of this very note: sent twice it stands there once
-- ARGV[1] most     entries, about
-- ARGV[2] once_ms  in which the same note may come again
-- ARGV[3] actor
-- ARGV[4] verb
-- ARGV[5] quiz
-- ARGV[6] subject
-- ARGV[7] facts    JSON
--
-- Returns {1 noted or 0 was noted already}. Publishes nothing.
-- Errors  none

if not redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[2]) then return {0} end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'actor', ARGV[3], 'verb', ARGV[4], 'quiz', ARGV[5], 'subject', ARGV[6],
  'facts', ARGV[7])
return {1}

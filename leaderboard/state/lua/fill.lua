-- Put rows into a key of a quiz that is being restored, which nobody sees yet. It is forgotten unless that is done in time.
--
-- KEYS[1] part      of the type that the command makes
-- ARGV[1] lasts_ms
-- ARGV[2] command   that adds a row: HSET, ZADD, SADD, SET or XADD
-- ARGV[3…] of each row how many arguments it has, then these
--
-- Returns {rows}. Publishes nothing.
-- Errors  none

local part, command, at, rows = KEYS[1], ARGV[2], 3, 0
while ARGV[at] do
  local last = at + tonumber(ARGV[at])
  local there = command == 'XADD' and redis.call('XRANGE', part, ARGV[at + 1], ARGV[at + 1])[1] -- this very call, once more
  if not there then redis.call(command, part, unpack(ARGV, at + 1, last)) end
  at, rows = last + 1, rows + 1
end
redis.call('PEXPIRE', part, ARGV[1])
return {rows}

-- Take up again an entry of a stream that was put aside.
--
-- KEYS[1] stream
-- KEYS[2] dead      stream
-- ARGV[1] id        of the entry that was put aside
--
-- Returns {1 taken up or 0 it is not there any more}. Publishes nothing.
-- Errors  MALFORMED

local stream, dead, id = KEYS[1], KEYS[2], ARGV[1]
if not string.match(id, '^%d+-%d+$') then return redis.error_reply('MALFORMED') end
local entry = redis.call('XRANGE', dead, id, id)[1]
if not entry then return {0} end

local fields = entry[2]
if #fields > 2 then redis.call('XADD', stream, '*', unpack(fields, 1, #fields - 2)) end -- without the reason
redis.call('XDEL', dead, id)
return {1}

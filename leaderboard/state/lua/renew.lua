-- Renew the leases of players who are connected to one node, and let the expired go.
--
-- KEYS[1] meta     hash
-- KEYS[2] board    zset
-- KEYS[3] players  hash
-- KEYS[4] online   zset
-- KEYS[5] shown    string
-- KEYS[6] feed     channel
-- ARGV[1] lease_ms
-- ARGV[2…] players
--
-- Returns {lease end, milliseconds until the board is due or 0}. Changes no points. Publishes the board when due, if
-- somebody came online or faded out.
-- Errors  NO_SUCH_QUIZ
-- include: clock board

local lease_ms = tonumber(ARGV[1])
local about = redis.call('HMGET', meta, 'published_at', 'board_interval_ms')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end

local now = clock_ms()
local lease_end = now + lease_ms
local gone = redis.call('ZREMRANGEBYSCORE', online, '-inf', whole(now))
local leases = {}
for i = 2, #ARGV do
  leases[#leases + 1] = whole(lease_end)
  leases[#leases + 1] = ARGV[i]
end
local came = #leases > 0 and redis.call('ZADD', online, unpack(leases)) or 0
if came + gone == 0 then return {lease_end, 0} end
return {lease_end, show_if_due(next_version(), now, tonumber(about[1]), tonumber(about[2]))}

-- Renew the leases of players who are connected to one node, let the expired go, and see that the last change is shown.
--
-- KEYS[1] meta     hash
-- KEYS[2] board    zset
-- KEYS[3] players  hash
-- KEYS[4] online   zset
-- KEYS[5] shown    string
-- KEYS[6] feed     channel
-- KEYS[7] labels   hash
-- KEYS[8] groups   zset
-- KEYS[9] teams    zset
-- KEYS[10] aside    zset
-- KEYS[11] aside_online  zset
-- ARGV[1] lease_ms
-- ARGV[2…] players
--
-- Those aside are counted elsewhere, and nobody who has been removed comes back.
--
-- Returns {lease end, milliseconds until the board is due or 0}. Changes no points. Publishes the board when due, if
-- somebody came online or faded out, or if the node that should have published the last change has died.
-- Errors  NO_SUCH_QUIZ
-- include: clock board

local lease_ms, aside, aside_online = tonumber(ARGV[1]), KEYS[10], KEYS[11]
local about = redis.call('HMGET', meta, 'published_at', 'board_interval_ms', 'version', 'published')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end

local now = clock_ms()
local lease_end = now + lease_ms
local gone = redis.call('ZREMRANGEBYSCORE', online, '-inf', whole(now))
redis.call('ZREMRANGEBYSCORE', aside_online, '-inf', whole(now))
-- A lease that is longer than any was given before the clock was set back.
for _, list in ipairs({online, aside_online}) do
  for _, early in ipairs(redis.call('ZRANGEBYSCORE', list, '(' .. whole(lease_end), '+inf', 'LIMIT', 0, 100)) do
    redis.call('ZADD', list, whole(lease_end), early)
  end
end
local here, leases, beside = #ARGV > 1 and redis.call('ZMSCORE', board, unpack(ARGV, 2)) or {}, {}, {}
for i = 2, #ARGV do
  local list = here[i - 1] and leases or beside
  if here[i - 1] or redis.call('ZSCORE', aside, ARGV[i]) then -- else removed since
    list[#list + 1] = whole(lease_end)
    list[#list + 1] = ARGV[i]
  end
end
local came = #leases > 0 and redis.call('ZADD', online, unpack(leases)) or 0
if #beside > 0 then redis.call('ZADD', aside_online, unpack(beside)) end
local moved = came + gone > 0
if not moved and about[3] == about[4] then return {lease_end, 0} end
local version = moved and next_version() or tonumber(about[3])
return {lease_end, show_if_due(version, now, tonumber(about[1]), tonumber(about[2]))}

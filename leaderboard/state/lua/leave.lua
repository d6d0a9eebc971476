-- End a player's lease, unless another node has renewed it. Who may have several devices is given the time in which another node would.
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
-- KEYS[10] aside_online  zset
-- ARGV[1] player
-- ARGV[2] lease end  as the node that says so last renewed it
-- ARGV[3] grace_ms   longer than a node waits until it renews
--
-- Returns {1 gone offline or 0, milliseconds until the board is due or 0}. Publishes the board when due.
-- Errors  NO_SUCH_QUIZ
-- include: clock board

local player, lease_end = ARGV[1], tonumber(ARGV[2])
local about = redis.call('HMGET', meta, 'published_at', 'board_interval_ms', 'devices')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if tonumber(about[3] or '1') > 1 then
  local soon = clock_ms() + tonumber(ARGV[3])
  for _, leases in ipairs({online, KEYS[10]}) do
    local lease = redis.call('ZSCORE', leases, player)
    if lease and tonumber(lease) <= lease_end and soon < tonumber(lease) then redis.call('ZADD', leases, whole(soon), player) end
  end
  return {0, 0}
end
local apart = redis.call('ZSCORE', KEYS[10], player)
if apart and tonumber(apart) <= lease_end then redis.call('ZREM', KEYS[10], player) end
local lease = redis.call('ZSCORE', online, player)
if not lease or tonumber(lease) > lease_end then return {0, 0} end

redis.call('ZREM', online, player)
return {1, show_if_due(next_version(), clock_ms(), tonumber(about[1]), tonumber(about[2]))}

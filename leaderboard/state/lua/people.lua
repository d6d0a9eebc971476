-- Everybody who is or was in the quiz, for its host, some at a time: those on the board, then those aside, then the removed.
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
-- KEYS[12] removed  zset
-- ARGV[1] from     how many are passed over
-- ARGV[2] limit    players at most
--
-- Returns {epoch, version, 1 if those aside wait to be admitted or 0, how many are on the board, aside, removed, then for each player:
--   card (JSON), points, 1 if online or 0, 1 on the board, 2 aside or 3 removed}. Changes and publishes nothing.
-- Errors  NO_SUCH_QUIZ
-- include: clock board

local about = redis.call('HMGET', meta, 'epoch', 'version', 'approval', 'order')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
local out, now = {about[1], tonumber(about[2]), about[3] == '1' and 1 or 0}, clock_ms()
local from, left = tonumber(ARGV[1]), tonumber(ARGV[2])
local places = {{board, online}, {KEYS[10], KEYS[11]}, {KEYS[12], online}}
for where, keys in ipairs(places) do out[3 + where] = redis.call('ZCARD', keys[1]) end
for where, keys in ipairs(places) do
  local ranked = left > 0 and placed(keys[1], from, from + left - 1, about[4]) or {}
  for i = 1, #ranked, 2 do
    local lease, n = redis.call('ZSCORE', keys[2], ranked[i]), #out
    out[n + 1] = redis.call('HGET', players, ranked[i]) or '{"id":"' .. ranked[i] .. '","name":"?"}'
    out[n + 2], out[n + 3], out[n + 4] = math.floor(tonumber(ranked[i + 1])), lease and tonumber(lease) > now and 1 or 0, where
  end
  left, from = left - #ranked / 2, math.max(0, from - out[3 + where])
end
return out

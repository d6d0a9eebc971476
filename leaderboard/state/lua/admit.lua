-- Let players who are aside onto the board, with what they have: one, or as many of them as one call may.
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
-- KEYS[10] state    string
-- KEYS[11] aside    zset
-- KEYS[12] aside_online  zset
-- KEYS[13] finished stream
-- KEYS[14…] answers hash, of each question
-- ARGV[1] player   or '' for all
-- ARGV[2] most     in one call
-- ARGV[3] term     of the host, or ''
--
-- Returns {how many were admitted, version, milliseconds until the board is due or 0, milliseconds until the first question or 0,
--   how many are still aside}. Publishes the board when due, and the state when the first player starts the countdown.
-- Errors  NO_SUCH_QUIZ, TAKEN_OVER, NO_SUCH_PLAYER
-- include: clock board put state host average countdown finished

local player, aside, aside_online = ARGV[1], KEYS[11], KEYS[12]
local about = redis.call('HMGET', meta, 'version', 'published_at', 'board_interval_ms', 'host_term', 'sum', 'phase', 'question',
  'pacing', 'next_at', 'lobby_ms', 'epoch')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
if fenced(ARGV[3], about[4]) then return redis.error_reply('TAKEN_OVER') end
local them = player ~= '' and redis.call('ZSCORE', aside, player) and {player} or {}
if player ~= '' and not them[1] and not redis.call('ZSCORE', board, player) then return redis.error_reply('NO_SUCH_PLAYER') end
if player == '' then them = redis.call('ZREVRANGE', aside, 0, ARGV[2] - 1) end
local left = redis.call('ZCARD', aside) - #them
if #them == 0 then return {0, tonumber(about[1]), 0, 0, left} end

local now, version = clock_ms(), next_version()
for _, one in ipairs(them) do
  local score, lease = redis.call('ZSCORE', aside, one), redis.call('ZSCORE', aside_online, one)
  weigh(about[5], 1, math.floor(tonumber(score)), about[6] == 'question' and redis.call('HGET', KEYS[14 + about[7]], one))
  put(board, one, score)
  redis.call('ZREM', aside, one)
  if lease then
    redis.call('ZADD', online, lease, one)
    redis.call('ZREM', aside_online, one)
  end
end
if about[6] == 'finished' then announce(KEYS[13], about[11], version) end
local first_ms = start_countdown(about[8], about[6], about[9], about[10], now)
return {#them, version, show_if_due(version, now, tonumber(about[2]), tonumber(about[3])), first_ms, left}

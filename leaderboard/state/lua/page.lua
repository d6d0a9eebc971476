-- A page of the board as it truly is.
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
-- ARGV[1] limit    rows at most
-- ARGV[2] around   a player who shall stand in the middle, or ''
-- ARGV[3] score    of the last row of the page before, or ''
-- ARGV[4] player   of the last row of the page before, or ''
-- ARGV[5] ties     'first' or 'shared'; '' as the quiz has it
-- ARGV[6] host     '1': also what is held back
--
-- Returns {epoch, version, players, rows (JSON), score and player of the last row if there are more rows, else ''}.
-- Changes and publishes nothing.
-- Errors  NO_SUCH_QUIZ, NO_SUCH_PLAYER, HELD_BACK
-- include: clock board

local limit, around, score, player = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]
local about = redis.call('HMGET', meta, 'epoch', 'version', 'ties', 'hold', 'hidden', 'correcting')
if not about[1] then return redis.error_reply('NO_SUCH_QUIZ') end
local held = about[4] == '1' or about[5] ~= '' or about[6] ~= ''
if held and ARGV[6] ~= '1' then return redis.error_reply('HELD_BACK') end

local first = 0
if around ~= '' then
  local rank = redis.call('ZREVRANK', board, around)
  if not rank then return redis.error_reply('NO_SUCH_PLAYER') end
  first = math.max(0, rank - math.floor(limit / 2))
elseif score ~= '' then
  -- Go on below what was seen. The last row's place counts only while its score is what it was.
  if redis.call('ZSCORE', board, player) == score then
    first = redis.call('ZREVRANK', board, player) + 1
  else
    first = redis.call('ZCOUNT', board, score, '+inf')
  end
end
local last = first + limit - 1
local count = redis.call('ZCARD', board)
local edge = last < count - 1 and redis.call('ZREVRANGE', board, last, last, 'WITHSCORES') or {'', ''}
local ties = ARGV[5] ~= '' and ARGV[5] or about[3]
return {about[1], tonumber(about[2]), count, rows(first, last, clock_ms(), ties), edge[2], edge[1]}

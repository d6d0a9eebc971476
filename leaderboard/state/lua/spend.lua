-- Take tokens out of some buckets, if each of them has enough; else out of none.
--
-- A bucket holds `quota` tokens and is filled in `window`. What is kept is only the time at which it will be full again, in µs:
-- as a token bucket, without a rounding error and with one number (the generic cell rate algorithm, ITU-T I.371).
--
-- KEYS[1…] buckets string
-- ARGV[1]  forced  '1': take them in any case, down to a debt of another window
-- ARGV[2…] quota, window in ms, tokens to take (0: only look whether there is one), for each bucket in turn
--
-- Returns {number of the bucket that has not enough or 0, then for each bucket: tokens left, ms until one more comes}.
-- Sent twice it takes twice, which harms nobody. Publishes nothing.
-- Errors  none

local forced = ARGV[1] == '1'
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local refused, full_at, each, windows, out = 0, {}, {}, {}, {}
local function ms_until(used, i)
  return math.ceil(math.max(0, used + each[i] - windows[i]) / 1000)
end
for i, bucket in ipairs(KEYS) do
  local quota, window, cost = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]) * 1000, tonumber(ARGV[3 * i + 1])
  windows[i], each[i] = window, window / quota
  local used = (tonumber(redis.call('GET', bucket)) or 0) - now
  if used < 0 or used > 2 * window then used = 0 end -- more than the deepest debt: the clock has been set back
  local left = (window - used) / each[i]
  if left < math.max(cost, 1) and refused == 0 and not forced then refused = i end
  full_at[i] = now + math.min(used + cost * each[i], 2 * window)
  out[2 * i], out[2 * i + 1] = math.max(0, math.floor(left)), ms_until(used + (math.max(cost, 1) - 1) * each[i], i)
end
out[1] = refused
if refused > 0 then return out end
for i, bucket in ipairs(KEYS) do
  local cost = tonumber(ARGV[3 * i + 1])
  if cost > 0 then
    redis.call('SET', bucket, string.format('%.0f', full_at[i]), 'PX', string.format('%.0f', math.ceil((full_at[i] - now) / 1000)))
    out[2 * i], out[2 * i + 1] = math.max(0, out[2 * i] - cost), ms_until(full_at[i] - now, i)
  end
end
return out

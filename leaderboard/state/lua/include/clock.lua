-- Redis's clock, the only one that counts: milliseconds since 1970.
local function clock_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A whole number as text. Lua's own conversion rounds after 14 digits, and prints a zero that was negated as -0.
local function whole(number)
  return string.format('%.0f', number + 0)
end

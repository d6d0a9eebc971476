-- Answers that replace earlier ones. rest is `"choice":…,"id":…,"tally":"…"`, then the earlier ones if there are any, and `}`.
local MOST_ATTEMPTS = 20

-- Whether a record holds this request already: its id, or the same choice as the one that counts.
local function repeats(rest, choice, id)
  local same = '"choice":' .. choice .. ','
  return string.sub(rest, 1, #same) == same or (id ~= '""' and string.find(rest, '"id":' .. id, 1, true) ~= nil)
end

-- All attempts in a record, JSON objects glued with commas, oldest first.
local function attempts_in(ms, grade, points, rest)
  local tally = string.find(rest, ',"tally":"', 1, true)
  local earlier = string.find(rest, ',"earlier":[', tally, true)
  local before = earlier and string.sub(rest, earlier + 12, -3) .. ',' or ''
  return before .. '{"ms":' .. ms .. ',"grade":' .. grade .. ',"points":' .. points .. ',' .. string.sub(rest, 1, tally - 1) .. '}'
end

-- The time that counts for a new attempt: that of the first, of the last, or of the earliest that was at least as right.
local function time_that_counts(time_of, first_time, attempts, grade, ms)
  if time_of == 'first' then return first_time end
  if time_of == 'best' then
    for earlier, graded in string.gmatch(attempts, '{"ms":(%d+),"grade":([%d.]+)') do
      if tonumber(graded) >= grade then return tonumber(earlier) end
    end
  end
  return ms
end

-- Take a record out of the distribution.
local function uncount(counts, question, grade, rest)
  for place in string.gmatch(string.match(rest, ',"tally":"([^"]*)"'), '%w+') do
    redis.call('HINCRBY', counts, question .. ':' .. place, -1)
  end
  if tonumber(grade) == 1 then redis.call('HINCRBY', counts, question .. ':right', -1) end
end

-- What an answer is that takes the place of one: the time that counts, number of attempts, points that are taken back, rest of the record.
local function replacing(old, time_of, grade, ms, rest)
  local all = attempts_in(old[1], old[4], old[5], old[12])
  local time = time_that_counts(time_of, tonumber(old[2]), all, grade, ms)
  return time, tonumber(old[11]) + 1, tonumber(old[5]), rest .. ',"earlier":[' .. all .. ']'
end

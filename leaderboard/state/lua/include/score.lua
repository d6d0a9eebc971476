-- The scoring rules: the one place where points are computed. docs/play.md explains them to hosts.
--
-- With t the time taken and T the time limit, both in ms, a right answer to a question worth P points gives
--   speed   P × (1 − (t/T)/2), all of it within 500 ms, never less than half: the formula that Kahoot publishes
--           (support.kahoot.com, "How points work")
--   linear  P × (1 − t/T), down to nothing
--   flat    P
--   order   P × the percentage of the place among the right answers; `places` lists them, the last one holds for all further
-- times the grade, rounded half up; `order` knows no partly right answers. A wrong answer costs the penalty; with a floor at
-- most what has been won in play. From the second right answer in a row on each gives a bonus more, at most `most` times.

local function percent_of(places, place)
  local last, n = 0, 0
  for percent in string.gmatch(places, '%d+') do
    last, n = tonumber(percent), n + 1
    if n == place then break end
  end
  return last
end

-- Points of a right or partly right answer, without bonus.
local function points_for(rule, worth, limit_ms, grade, ms, places, place)
  local share = 1
  if rule == 'speed' then
    if ms >= 500 then share = math.max(0.5, 1 - ms / limit_ms / 2) end
  elseif rule == 'linear' then
    share = math.max(0, 1 - ms / limit_ms)
  elseif rule == 'order' then
    share = grade == 1 and percent_of(places, place) / 100 or 0
  end
  return math.floor(worth * share * grade + 0.5)
end

-- What the question of a box gives: the prize as far as the answer is right, less the price that was staked.
local function settled(price, prize, grade)
  return math.floor(prize * grade + 0.5) - price
end

-- What an answer gives to a player with so many points won in play and right answers in a row. Returns points with bonus, bonus, streak.
local function judge(rule, worth, limit_ms, penalty, floor, bonus, most, places, grade, ms, place, played, streak)
  if grade == 0 then
    if floor == '1' then penalty = math.min(penalty, math.max(played, 0)) end
    return 0 - penalty, 0, 0
  end
  local points = points_for(rule, worth, limit_ms, grade, ms, places, place)
  if grade < 1 then return points, 0, 0 end
  local extra = bonus * math.min(streak, most)
  return points + extra, extra, streak + 1
end

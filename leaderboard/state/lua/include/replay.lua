-- Walk through a player's answers in the order in which the questions were played, and give points anew. The answer to question
-- `target` (0: none) counts as `graded`: attempts, grade, time, place, and rest if that differs too. `ahead(question, run)` tells what
-- can still be answered. Returns the points of all and {record, change of the number of right answers} of the records that differ,
-- by question; nil if the answer to the target is not the one that was graded. The run is brought up to date.
local function replay(questions, records, run, rules, target, graded, ahead)
  local sum, streak, different = 0, 0, {}
  for i, question in ipairs(questions) do
    local old = records[i] and {string.match(records[i], RECORD)}
    if i == target and (old and old[11] or '0') ~= graded.attempts then return nil end
    if not old and ahead(question, run) then break end
    run.round, run.base = i, streak
    if old then
      local time, grade, place, rest = tonumber(old[2]), old[4], tonumber(old[8]), old[12]
      if i == target then
        time, grade, place, rest = graded.time, graded.grade, graded.place, graded.rest ~= '' and graded.rest or rest
      end
      local points, bonus, row = 0, 0, 0
      local price, prize = string.match(rest, ',"box":%[(%d+),(%d+)%]}$')
      if price and not question.void then
        points = settled(tonumber(price), tonumber(prize), tonumber(grade))
      elseif not question.void then
        points, bonus, row = judge(question.rule, question.worth, tonumber(old[3]), question.penalty, rules.floor, rules.bonus,
          rules.most, rules.places, tonumber(grade), time, place, run.start + sum, streak)
      end
      local new = rewritten(old, time, grade, points, bonus, row, place, rest)
      local counted = tonumber(old[9]) < APART and 1 or 0
      if new then different[i] = {new, (tonumber(grade) == 1 and counted or 0) - (tonumber(old[4]) == 1 and counted or 0)} end
      sum = sum + points
      if not question.void and rules.bonus > 0 then streak = row end -- else nobody counts them
    elseif not question.void then
      streak = 0
    end
  end
  run.streak = streak
  return sum, different
end

-- The questions as a script is given them from argument `first` on: number, rule, points, penalty, void.
local function read_questions(first, rounds)
  local questions = {}
  for i = 1, rounds do
    local n = first + 5 * (i - 1)
    questions[i] = {number = tonumber(ARGV[n]), rule = ARGV[n + 1], worth = tonumber(ARGV[n + 2]), penalty = tonumber(ARGV[n + 3]),
      void = ARGV[n + 4] == '1'}
  end
  return questions
end

-- A function that tells whether a question that a player has not answered can still be answered by them. about: of meta, with phase
-- and question first, and pacing as the sixth.
local function still_ahead(about, self_paced)
  return function(question, run)
    if about[6] == 'draw' then return false end
    if self_paced then return question.number >= run.question and about[1] == 'running' end
    return about[1] == 'question' and question.number == tonumber(about[2])
  end
end

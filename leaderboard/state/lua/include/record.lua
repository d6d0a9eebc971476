-- What is kept of a player's answer to a question, and of their run through the quiz: JSON with a fixed head of numbers, so that
-- it is read without a JSON library. All numbers but times since 1970 fit into 32 bits, and %d is much faster than %.0f.

local RECORD = '^{"ms":(%d+),"time":(%d+),"limit":(%d+),"grade":([%d.]+),"points":(-?%d+),"bonus":(%d+),"streak":(%d+),'
  .. '"place":(%d+),"seq":(%d+),"credit":(%d+),"attempts":(%d+),(.*)$'

-- Added to the seq of an answer that was in a race of its own: with the rule `order`, of somebody aside.
local APART = 1000000000

-- ms: when this attempt came; time: the one that counts; limit: the player's own; place: among right answers; seq: among all of them;
-- rest: from "choice" on.
local function write_record(ms, time, limit, grade, points, bonus, streak, place, seq, credit, attempts, rest)
  return string.format('{"ms":%d,"time":%d,"limit":%d,"grade":%s,"points":%d,"bonus":%d,"streak":%d,'
    .. '"place":%d,"seq":%d,"credit":%d,"attempts":%d,%s', ms, time, limit, grade, points, bonus, streak, place, seq,
    credit, attempts, rest)
end

-- A record with other parts, from the ones that RECORD found in it; nil if nothing differs, for it is the writing that takes time.
local function rewritten(old, time, grade, points, bonus, streak, place, rest)
  if time == tonumber(old[2]) and grade == old[4] and points == tonumber(old[5]) and bonus == tonumber(old[6])
    and streak == tonumber(old[7]) and place == tonumber(old[8]) and rest == old[12] then return nil end
  return write_record(tonumber(old[1]), time, tonumber(old[3]), grade, points, bonus, streak, place, tonumber(old[9]),
    tonumber(old[10]), tonumber(old[11]), rest)
end

local RUN = '^{"round":(%d+),"streak":(%d+),"base":(%d+),"start":(%d+),"given":(-?%d+),"extra":(%d+),'
  .. '"question":(-?%d+),"started_at":(%d+)}$'

-- round: the counting question answered last, from 1; streak: right answers in a row up to it; base: the same without it;
-- start: points at the start; given: what the host gave or took; extra: the time limit in percent; question and started_at:
-- with self pacing, where they are.
local function read_run(text)
  if not text then
    return {round = 0, streak = 0, base = 0, start = 0, given = 0, extra = 100, question = -1, started_at = 0}
  end
  local round, streak, base, start, given, extra, question, started_at = string.match(text, RUN)
  return {round = tonumber(round), streak = tonumber(streak), base = tonumber(base), start = tonumber(start),
    given = tonumber(given), extra = tonumber(extra), question = tonumber(question), started_at = tonumber(started_at)}
end

local function write_run(run)
  return string.format('{"round":%d,"streak":%d,"base":%d,"start":%d,"given":%d,"extra":%d,"question":%d,'
    .. '"started_at":%.0f}', run.round, run.streak, run.base, run.start, run.given, run.extra, run.question, run.started_at)
end

-- Right answers in a row before the counting question `round`, if none that counts was left out since `previous`.
local function streak_before(run, round, previous)
  if run.round == round then return run.base end
  return run.round >= previous and run.streak or 0
end

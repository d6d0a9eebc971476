-- The points that a player starts with: a registered team with its own, all others with those of the quiz.
local function start_of(about, start)
  return tonumber(about and string.match(about, '^{"start":(%d+),') or start)
end

-- What a total consists of beside start, answers and what the host gave.

-- Points that other programs have sent.
local function sent(text)
  return text and tonumber(string.match(text, '^-?%d+')) or 0
end

-- What a player has staked on the question that they hold; its answer gives the rest.
local function stake(text)
  return text and tonumber(string.match(text, ' (%d+) %d+$')) or 0
end

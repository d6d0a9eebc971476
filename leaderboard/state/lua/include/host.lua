-- Fencing: each device that connects as the host takes the place with a term of its own, and what an older one still sends
-- is refused. Requests that hold no place (over HTTP) carry '' and pass.
local function fenced(term, current)
  return term ~= '' and term ~= current
end

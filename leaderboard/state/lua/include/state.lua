-- The state message, for scripts that move the quiz to another phase. KEYS[7] is the state in all of them.
local state = KEYS[7]

-- Publish the phase, with what may be known of the question, and keep the message for newcomers.
-- `question` and `key` are JSON as Python encoded it, or 'null'.
local function show_state(now, question, key)
  local about = redis.call('HMGET', meta, 'epoch', 'version', 'head', 'phase', 'opened_at', 'closes_at')
  local message = '{"type":"state","epoch":"' .. about[1] .. '","version":' .. about[2] .. ',"now":' .. whole(now)
    .. ',' .. about[3] .. ',"phase":"' .. about[4] .. '","opened_at":' .. about[5] .. ',"closes_at":' .. about[6]
    .. ',"question":' .. question .. ',"key":' .. key .. '}'
  redis.call('SET', state, message)
  redis.call('PUBLISH', feed, message)
end

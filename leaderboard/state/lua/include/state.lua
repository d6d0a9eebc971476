-- The state message, for scripts that move the quiz. KEYS[10] is the state in all of them.
local state = KEYS[10]

-- Publish the phase, with what may be known of the question, and keep the message for newcomers.
-- `question`, `key` and `counts` are JSON, or 'null'.
local function show_state(now, question, key, counts)
  local about = redis.call('HMGET', meta, 'epoch', 'version', 'head', 'phase', 'opened_at', 'closes_at', 'paused_at',
    'next_at', 'locked', 'hidden', 'correcting', 'correction', 'pin')
  local message = '{"type":"state","epoch":"' .. about[1] .. '","version":' .. about[2] .. ',"now":' .. whole(now)
    .. ',' .. about[3] .. ',"phase":"' .. about[4] .. '","opened_at":' .. about[5] .. ',"closes_at":' .. about[6]
    .. ',"paused_at":' .. about[7] .. ',"next_at":' .. about[8] .. ',"locked":' .. (about[9] == '1' and 'true' or 'false')
    .. ',"frozen":' .. (about[10] ~= '' and 'true' or 'false') .. ',"correcting":' .. (about[11] ~= '' and 'true' or 'false')
    .. ',"pin":' .. ((about[13] or '') ~= '' and '"' .. about[13] .. '"' or 'null')
    .. ',"question":' .. question .. ',"key":' .. key .. ',"counts":' .. counts .. ',"correction":' .. about[12] .. '}'
  redis.call('SET', state, message)
  redis.call('PUBLISH', feed, message)
end

-- Publish the state after a change that leaves the question alone: it, its key and its counts are taken over from the last message.
local function show_state_again(now)
  local message = redis.call('GET', state)
  local question = string.find(message, ',"question":', 1, true)
  local key = string.find(message, ',"key":', question, true)
  local counts = string.find(message, ',"counts":', key, true)
  local correction = string.find(message, ',"correction":', counts, true)
  show_state(now, string.sub(message, question + 12, key - 1), string.sub(message, key + 7, counts - 1),
    string.sub(message, counts + 10, correction - 1))
end

-- The distribution of the answers to a question: how often each place was chosen, how many were right. JSON.
local function distribution(counts, question)
  local fields, names, out = {}, {'right'}, {}
  for place = 0, 7 do names[#names + 1] = whole(place) end
  for i, name in ipairs(names) do fields[i] = question .. ':' .. name end
  for i, count in ipairs(redis.call('HMGET', counts, unpack(fields))) do
    if count and count ~= '0' then out[#out + 1] = '"' .. names[i] .. '":' .. count end
  end
  return '{' .. table.concat(out, ',') .. '}'
end

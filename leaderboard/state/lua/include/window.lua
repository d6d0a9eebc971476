-- From when until when a player can answer a question by their clock; or nil, nil and why they cannot.
-- about: of meta, with phase, question, opened_at and closes_at from the second on and paused_at as the eleventh; limit_ms: their own
-- time limit; shared_ms: that of all; it: what they hold until it.ends, where questions are drawn.
local function window_of(about, run, limit_ms, shared_ms, question, drawing, it)
  local opened_at, closes_at = tonumber(about[4]), tonumber(about[5])
  if about[2] == 'running' then
    if drawing and (not it or it.kind == '1' or it.number ~= question) then return nil, nil, redis.error_reply('NOT_YOURS') end
    if run.question ~= question then return nil, nil, redis.error_reply('NOT_OPEN') end
    if drawing then return run.started_at, it.ends end -- as they were told, whatever extra time they have been given since
    return run.started_at, math.min(run.started_at + limit_ms, closes_at > 0 and closes_at or math.huge)
  end
  if tonumber(about[3]) ~= question or about[2] == 'finished' then return nil, nil, redis.error_reply('NOT_OPEN') end
  if about[2] ~= 'question' then return nil, nil, redis.error_reply('TOO_LATE') end
  if about[11] ~= '0' then return nil, nil, redis.error_reply('PAUSED') end
  return opened_at, closes_at + limit_ms - shared_ms
end

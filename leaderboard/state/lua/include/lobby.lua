-- Everything of meta that begins anew with an epoch.
local function start_over(epoch, questions)
  redis.call('HSET', meta, 'epoch', epoch, 'revision', '0', 'content', epoch .. ':0', 'phase', 'lobby', 'question', '-1',
    'opened_at', '0', 'closes_at', '0', 'deadline', '0', 'paused_at', '0', 'answered', '0', 'played', string.rep('-', questions),
    'round', '0', 'previous', '0', 'solid', '0', 'rounds', '', 'hold', '0', 'hidden', '', 'correcting', '', 'correction', 'null',
    'next_at', redis.call('HGET', meta, 'opens_at'))
  if redis.call('HGET', meta, 'sum') ~= '' then redis.call('HSET', meta, 'sum', '0', 'closed_sum', '0') end
end

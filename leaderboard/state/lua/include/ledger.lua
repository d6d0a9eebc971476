-- Book a change of points. The sum of a player's deltas is their total on the board, at every moment.
local function enter(ledger, player, before, total, reason, question, by, version, note)
  redis.call('XADD', ledger, '*', 'player', player, 'delta', string.format('%d', total - before), 'before', string.format('%d', before),
    'total', string.format('%d', total), 'reason', reason, 'question', question, 'by', by, 'version', string.format('%d', version),
    'note', note)
end

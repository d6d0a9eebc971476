-- Book a change of points. The sum of a player's deltas is their total on the board, at every moment.
local function enter(ledger, player, before, total, reason, question, by, version, note)
  redis.call('XADD', ledger, '*', 'player', player, 'delta', whole(total - before), 'before', whole(before), 'total', whole(total),
    'reason', reason, 'question', question, 'by', by, 'version', whole(version), 'note', note)
end

-- Move the sums of which late joiners get the average, when a player with this total comes to the board (sign 1) or goes (-1).
-- `record` is the answer to the open question, whose points are not yet in the sum of the last close.
local function weigh(sum, sign, total, record)
  if sum == '' then return end
  local open = record and tonumber(string.match(record, '"points":(-?%d+)')) or 0
  redis.call('HINCRBY', meta, 'sum', whole(sign * total))
  redis.call('HINCRBY', meta, 'closed_sum', whole(sign * (total - open)))
end

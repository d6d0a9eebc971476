-- Whether a stream has this group of consumers; programs may have groups of their own there.
local function has_group(stream, group)
  if redis.call('EXISTS', stream) == 0 then return false end
  for _, about in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    for i = 1, #about, 2 do
      if about[i] == 'name' and about[i + 1] == group then return true end
    end
  end
  return false
end

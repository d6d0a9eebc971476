-- Tell who keeps results for accounts that those of a finished quiz are there, or are others now.
local function announce(finished, epoch, version)
  redis.call('XADD', finished, '*', 'quiz', string.match(KEYS[1], '{(.-)}'), 'epoch', epoch, 'version', whole(version))
end

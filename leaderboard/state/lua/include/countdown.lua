-- With the pacing `auto` the first player on the board starts the time to the first question. Returns it in ms, else 0.
local function start_countdown(pacing, phase, next_at, lobby_ms, now)
  if pacing ~= 'auto' or phase ~= 'lobby' or next_at ~= '0' then return 0 end
  redis.call('HSET', meta, 'next_at', whole(now + tonumber(lobby_ms)))
  show_state(now, 'null', 'null', 'null')
  return tonumber(lobby_ms)
end

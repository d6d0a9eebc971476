-- What is kept of a token: its owner has a hash, ID → SHA-256, created_at, used_at, ends_at (0: never) and what else there is.
local GRANT = '^(%x+) (%d+) (%d+) (%d+) (.*)$'

local function read_grant(text)
  local digest, created_at, used_at, ends_at, rest = string.match(text or '', GRANT)
  return digest and {digest = digest, created_at = tonumber(created_at), used_at = tonumber(used_at), ends_at = tonumber(ends_at),
    rest = rest}
end

local function write_grant(digest, created_at, used_at, ends_at, rest)
  return digest .. ' ' .. whole(created_at) .. ' ' .. whole(used_at) .. ' ' .. whole(ends_at) .. ' ' .. rest
end

local function ended(grant, now)
  return grant.ends_at ~= 0 and grant.ends_at <= now
end

-- Keep a new one. What has ended goes, then the oldest until there are at most `most`.
local function add_grant(grants, id, digest, now, used_at, ends_at, rest, most)
  local all, living = redis.call('HGETALL', grants), {}
  for i = 1, #all, 2 do
    local grant = read_grant(all[i + 1])
    if ended(grant, now) then redis.call('HDEL', grants, all[i]) else living[#living + 1] = {grant.created_at, all[i]} end
  end
  table.sort(living, function(a, b) return a[1] < b[1] end)
  for i = 1, #living + 1 - most do redis.call('HDEL', grants, living[i][2]) end
  redis.call('HSET', grants, id, write_grant(digest, now, used_at, ends_at, rest))
end

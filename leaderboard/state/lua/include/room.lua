-- What so many bytes take of a library's room: also what Redis needs to keep them under a name.
local function cost_of(size) return size + 512 end

-- Whether a library of so many bytes has no room for so many more.
local function full(used, more, most)
  return more > 0 and (redis.call('HGET', used, 'bytes') or 0) + more > tonumber(most)
end

-- Whether a library takes nothing more, because its account is deleted.
local function closed(used) return redis.call('HEXISTS', used, 'closed') == 1 end

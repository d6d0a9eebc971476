-- What so many bytes take of a library's room: also what Redis needs to keep them under a name.
local function cost_of(size) return size + 512 end

-- Whether a library of so many bytes has no room for so many more.
local function full(used, more, most)
  return more > 0 and (redis.call('HGET', used, 'bytes') or 0) + more > tonumber(most)
end

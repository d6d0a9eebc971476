-- The entries of a quiz in the index of its library: one without a term, and one for each of its terms. The newest come first.
local function entries_of(archived, terms, changed_at, id)
  local tail = string.format(' %013.0f ', 9999999999999 - changed_at) .. id
  local entries = {archived .. tail}
  for term in string.gmatch(terms, '[^ ]+') do entries[#entries + 1] = archived .. term .. tail end
  return entries
end

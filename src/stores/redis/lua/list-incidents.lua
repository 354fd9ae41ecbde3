-- Incidents, newest first by openedAt, then by id, the greater first. Stands after order.lua.
-- ARGV: which (a list of incidents.lua), openedAt and id after which the page begins (empty: the first), how many,
--       a second list that they must be in (empty: none).
-- Reply: their documents.
local list, opened_at, id, limit, also = base .. "i:" .. take(), take_nullable(), take(), take_number(), take_nullable()

-- How many come before the page. Many may be opened at one instant, so among those the place is found by halving.
local function place()
  if not opened_at then return 0 end
  local low = redis.call("ZCOUNT", list, "(" .. opened_at, "+inf")
  local high = low + redis.call("ZCOUNT", list, opened_at, opened_at)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is_before(redis.call("ZREVRANGE", list, middle, middle)[1], id) then high = middle else low = middle + 1 end
  end
  return low
end

local found, from = {}, place()
while #found < limit do
  local ids = redis.call("ZREVRANGE", list, from, from + limit - 1)
  if #ids == 0 then break end
  for _, each in ipairs(ids) do
    local is_wanted = not also or redis.call("ZSCORE", base .. "i:" .. also, each)
    if is_wanted and #found < limit then found[#found + 1] = redis.call("HGET", base .. "i", each) end
  end
  from = from + #ids
end
return found

-- Documents of one list from a place on, by createdAt, then id. Writes nothing. Stands after order.lua.
-- ARGV: the list after `n:`, createdAt and id of the place (or "" and ""), how many.
local list, at, after, limit = base .. "n:" .. take(), take(), take(), take_number()

-- The place may be gone, so it is sought: among those of its instant, which lie in order of their ids.
local function rank_after()
  if at == "" then return 0 end
  local low, high = redis.call("ZCOUNT", list, "-inf", "(" .. at), redis.call("ZCOUNT", list, "-inf", at)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is_before(after, redis.call("ZRANGE", list, middle, middle)[1]) then high = middle else low = middle + 1 end
  end
  return low
end

local first = rank_after()
local ids = redis.call("ZRANGE", list, first, first + limit - 1)
if #ids == 0 then return {} end
return redis.call("HMGET", base .. "n", unpack(ids))

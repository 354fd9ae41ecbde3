-- Runs of a monitor, the latest arrived first. Stands after monitors.lua.
-- ARGV: monitor, arrival before which the page begins (or +inf), how many, the job's name for them (empty: any).
-- Reply: { arrival, document } of each.
local id, before, limit, name = take(), take(), take_number(), take_nullable()
local arrived = {}

local function any()
  local last = before == "+inf" and before or "(" .. before
  local runs = redis.call("ZREVRANGEBYSCORE", base .. "ro:" .. id, last, "-inf", "WITHSCORES", "LIMIT", 0, limit)
  for index = 1, #runs, 2 do
    arrived[#arrived + 1] = { tonumber(runs[index + 1]), runs[index] }
  end
end

local function attempts()
  local from, to = "[" .. name .. " ", "[" .. name .. " \255"
  for _, member in ipairs(redis.call("ZRANGEBYLEX", base .. "ri:" .. id, from, to)) do
    local arrival = tonumber(member:sub(#name + 13, #name + 28))
    if before == "+inf" or arrival < tonumber(before) then
      arrived[#arrived + 1] = { arrival, member:sub(#name + 30) }
    end
  end
  table.sort(arrived, function(one, other) return one[1] > other[1] end)
end

if name then attempts() else any() end
local found = {}
for index = 1, math.min(limit, #arrived) do
  local arrival, run = unpack(arrived[index])
  found[index] = { arrival, redis.call("HGET", base .. "r:" .. id, run) }
end
return found

-- Which lanes may be claimed now, the longest claimable first: { readyAt, lane, readyAt, lane … }, a lane as
-- `<number>/<lane>`. Writes nothing. Stands after order.lua.
-- ARGV: now, how many at most, the only channel or "", how many channels to pass over, each of them.
local now, limit, only = take(), take_number(), take()
local is_busy = {}
for _ = 1, take_number() do is_busy[take()] = true end

local channels = only ~= "" and { only } or redis.call("ZRANGE", base .. "ready", "-inf", now, "BYSCORE")
local found = {}
for _, channel in ipairs(channels) do
  if not is_busy[channel] then
    local key = base .. "ready:" .. channel
    local lanes = redis.call("ZRANGE", key, "-inf", now, "BYSCORE", "LIMIT", 0, limit, "WITHSCORES")
    for index = 1, #lanes, 2 do
      found[#found + 1] = { at = tonumber(lanes[index + 1]), lane = lanes[index], text = lanes[index + 1] }
    end
  end
end
table.sort(found, function(one, other)
  if one.at ~= other.at then return one.at < other.at end
  return is_before(one.lane, other.lane)
end)

local reply = {}
for index = 1, math.min(limit, #found) do
  reply[#reply + 1] = found[index].text
  reply[#reply + 1] = found[index].lane
end
return reply

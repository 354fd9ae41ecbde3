-- Leases lanes that may still be claimed. Of each of those: { lane as given, channel, incident, thread, whether anything
-- was sent ("1"), whether a claim was left unsettled ("1"), document, document … }; the documents from the earliest
-- pending one up to the first that is not due.
-- ARGV: now, until when, how far now may be off (empty: not checked), how many lanes, each as `<number>/<lane>`.
-- Reply where it is further off: "clock"; nothing is leased then.
local now, until_at, tolerance = take_number(), take(), take_nullable()
if tolerance then
  local time = redis.call("TIME")
  if math.abs(time[1] * 1000 + time[2] / 1000 - now) > tonumber(tolerance) then return "clock" end
end
local claimed = {}
for _ = 1, take_number() do
  local member = take()
  local lane = member:match("^%d+/(.*)$")
  local key = base .. "lane:" .. lane
  local channel, incident, thread, sent, leased =
    unpack(redis.call("HMGET", key, "channel", "incident", "thread", "sent", "leased"))
  -- Another may have claimed it since it was seen, or removed it.
  local ready_at = channel and redis.call("ZSCORE", base .. "ready:" .. channel, member)
  if ready_at and tonumber(ready_at) <= now then
    local batch = { member, channel, incident, thread or "", sent or "", leased ~= "0" and "1" or "" }
    for _, id in ipairs(redis.call("ZRANGE", base .. "lane-ids:" .. lane, 0, -1)) do
      if tonumber(redis.call("HGET", base .. "n:wait", id)) > now then break end
      batch[#batch + 1] = redis.call("HGET", base .. "n", id)
    end
    redis.call("HSET", key, "leased", until_at)
    refresh_lane(lane)
    claimed[#claimed + 1] = batch
  end
end
return claimed

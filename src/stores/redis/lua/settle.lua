-- Writes what came of notifications, ends the lease of their lanes where it is the one given, and keeps the thread: 1, or
-- 0 when one of them is no longer as it was read; then nothing is written.
-- ARGV: thread or "", the lane of the batch or "", until when it was leased, how many, then of each: lane, channel, id,
-- status, not before, the document as it was read, as it is now.
local thread, own, lease = take(), take(), take()
local settled = {}
for index = 1, take_number() do
  local one = { lane = take(), channel = take(), id = take(), status = take(), not_before_at = take() }
  one.before, one.after = take(), take()
  if redis.call("HGET", base .. "n", one.id) ~= one.before then return 0 end
  settled[index] = one
end

local touched = {}
if own ~= "" and has_lane(own) then touched[own] = true end
for _, one in ipairs(settled) do
  put_notification(one.lane, one.channel, one.id, one.status, one.not_before_at, one.after)
  if one.status == "sent" then redis.call("HSET", base .. "lane:" .. one.lane, "sent", "1") end
  touched[one.lane] = true
end
for lane in pairs(touched) do
  local key = base .. "lane:" .. lane
  if redis.call("HGET", key, "leased") == lease then redis.call("HSET", key, "leased", "0") end
  if thread ~= "" then redis.call("HSET", key, "thread", thread) end
  refresh_lane(lane)
end
return 1

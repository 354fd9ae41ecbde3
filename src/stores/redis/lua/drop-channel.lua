-- Drops what is pending for a channel and forgets its threads, some lanes at a time: where to go on, or "" at the end.
-- dropped (hash): channel -> the latest deletion that has dropped all of it here. It does so once: whoever comes to it late
-- could otherwise drop what is pending for a channel that was made anew.
-- ARGV: channel, the deletion, where to go on or "", how many lanes.
local channel, deletion, after, limit = take(), take(), take(), take()
local dropped_last = redis.call("HGET", base .. "dropped", channel)
if dropped_last and tonumber(dropped_last) >= tonumber(deletion) then return "" end

local from = after == "" and "-" or "(" .. after
local members = redis.call("ZRANGE", base .. "lanes:" .. channel, from, "+", "BYLEX", "LIMIT", 0, limit)
for _, member in ipairs(members) do
  local lane = member:match("^%d+/(.*)$")
  for _, id in ipairs(redis.call("ZRANGE", base .. "lane-ids:" .. lane, 0, -1)) do
    local document = redis.call("HGET", base .. "n", id)
    -- Decoded and encoded, an empty list would come back as an object. Within a text the quotes would be escaped.
    local dropped = document:gsub('"status":"pending"', '"status":"dropped"', 1)
    put_notification(lane, channel, id, "dropped", "", dropped)
  end
  redis.call("HDEL", base .. "lane:" .. lane, "thread", "sent")
  redis.call("HSET", base .. "lane:" .. lane, "leased", "0")
  refresh_lane(lane)
end
local last = members[tonumber(limit)]
if not last then redis.call("HSET", base .. "dropped", channel, deletion) end
return last or ""

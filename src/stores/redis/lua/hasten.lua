-- Has a monitor looked at by then at the latest. ARGV: id, dueAt. Nothing happens where it is gone.
local id, due_at = take(), take()
local deleted, version, hastened = unpack(redis.call("HMGET", base .. "m:" .. id, "deleted", "version", "hastened"))
if deleted or not version then return end
redis.call("ZADD", base .. "due", "LT", due_at, id)
if not hastened or tonumber(due_at) < tonumber(hastened) then
  redis.call("HSET", base .. "m:" .. id, "hastened", due_at)
end

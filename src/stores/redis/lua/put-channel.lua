-- Adds or replaces a channel: nothing, or the deletion of one of this name that still has something to drop; then it is
-- not put. ARGV: its name, document.
local name = take()
local deletion = redis.call("HGET", base .. "channels:deleted", name)
if deletion then return deletion end
redis.call("HSET", base .. "channels", name, take())

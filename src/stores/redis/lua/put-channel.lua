-- Adds or replaces a channel: 1, or 0 while a channel of this name that is gone still has something to drop.
-- ARGV: its name, document.
local name = take()
if redis.call("SISMEMBER", base .. "channels:gone", name) == 1 then return 0 end
redis.call("HSET", base .. "channels", name, take())
return 1

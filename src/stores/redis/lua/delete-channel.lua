-- Takes a channel away and notes which deletion still has to drop what was pending for it: 1, or 0 when it was not there.
-- ARGV: its name, a number for this deletion above those of all earlier ones.
local name = take()
if redis.call("HDEL", base .. "channels", name) == 0 then return 0 end
redis.call("HSET", base .. "channels:deleted", name, take())
return 1

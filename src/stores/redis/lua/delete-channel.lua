-- Takes a channel away and notes that what was pending for it is still to be dropped: 1, or 0 when it was not there.
-- ARGV: its name.
local name = take()
if redis.call("HDEL", base .. "channels", name) == 0 then return 0 end
redis.call("SADD", base .. "channels:gone", name)
return 1

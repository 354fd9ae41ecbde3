-- Stores the sign of life of this process, and removes those of processes that are gone. Stands after ahead.lua.
-- ARGV: instant, process, before when whoever gave none is gone.
-- Reply: 1; "clock" where the instant is still to come, and nothing is written.
local at, process, gone_at = take(), take(), take()
if is_ahead(at) then return "clock" end
redis.call("ZADD", base .. "signs", at, process)
-- Those are all earlier than this one, so the latest is never among them.
redis.call("ZREMRANGEBYSCORE", base .. "signs", "-inf", gone_at)
return 1

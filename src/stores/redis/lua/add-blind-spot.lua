-- Adds a blind spot, and makes its end the sign of life of this process unless that is later: 1, or 0 when it is there.
-- Stands after ahead.lua. Reply where it is still to come: "clock"; nothing is written then.
-- ARGV: id, end, document, process.
local id, to_at, document, process = take(), take(), take(), take()
if is_ahead(to_at) then return "clock" end
if redis.call("HSETNX", base .. "spots", id, document) == 0 then return 0 end
redis.call("ZADD", base .. "spots:by-end", to_at, id)
redis.call("ZADD", base .. "signs", "GT", to_at, process)
return 1

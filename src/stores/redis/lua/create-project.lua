-- Adds a project to its home, unless it is there: 1 or 0.
-- ARGV: document, state, number of partitions.
local key = base .. "project"
if redis.call("EXISTS", key) == 1 then return 0 end
redis.call("HSET", key, "document", take(), "state", take(), "partitions", take(), "version", "1", "due", "")
return 1

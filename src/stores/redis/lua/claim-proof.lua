-- Remembers that a proof was shown: who asks first is told so, everybody else what it was shown for.
-- KEYS[1]: see arguments.lua. ARGV: id, use, now, until, how many are kept.
-- Reply: "first", "same" or "other".
local id, use, now, until_at, limit = take(), take(), take_number(), take_number(), take_number()
local uses, ends = base .. "proofs", base .. "proofs:until"

local known_until = redis.call("ZSCORE", ends, id)
if known_until and tonumber(known_until) >= now then
  if until_at > tonumber(known_until) then
    redis.call("ZADD", ends, until_at, id)
  end
  return redis.call("HGET", uses, id) == use and "same" or "other"
end
redis.call("ZREM", ends, id)
redis.call("HDEL", uses, id)

-- Those that end first make room.
local surplus = redis.call("ZCARD", ends) + 1 - limit
if surplus > 0 then
  for _, gone in ipairs(redis.call("ZRANGE", ends, 0, surplus - 1)) do
    redis.call("ZREM", ends, gone)
    redis.call("HDEL", uses, gone)
  end
end
redis.call("ZADD", ends, until_at, id)
redis.call("HSET", uses, id, use)
return "first"

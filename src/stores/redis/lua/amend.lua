-- Writes fields of hashes and places in sorted sets, if what they were decided on is as it was.
-- KEYS[1]: see arguments.lua. Names of keys below are without it.
-- ARGV: how many conditions, of each: hash, field, SHA-1 of the text there (empty: there is none).
--       how many writes, each: "put", hash, field, text | "drop", hash, field
--                            | "rank", sorted set, score, member | "unrank", sorted set, member.
-- Reply: 1; 0 where a condition does not hold, and nothing was written.
for _ = 1, take_number() do
  local text = redis.call("HGET", base .. take(), take())
  local wanted = take_nullable()
  if (text and redis.sha1hex(text)) ~= wanted then
    return 0
  end
end

local writes = {
  put = function()
    redis.call("HSET", base .. take(), take(), take())
  end,
  drop = function()
    redis.call("HDEL", base .. take(), take())
  end,
  rank = function()
    redis.call("ZADD", base .. take(), take(), take())
  end,
  unrank = function()
    redis.call("ZREM", base .. take(), take())
  end,
}
for _ = 1, take_number() do
  writes[take()]()
end
return 1

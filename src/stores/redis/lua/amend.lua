-- Writes fields of hashes and places in sorted sets, if what they were decided on is as it was. Stands after writes.lua.
-- KEYS[1]: see arguments.lua. Names of keys below are without it.
-- ARGV: how many conditions, of each: hash, field, SHA-1 of the text there (empty: there is none).
--       how many writes, each: "put", hash, field, text | "drop", hash, field
--                            | "rank", sorted set, score, member | "unrank", sorted set, member
--                            | "member", set, member | those of removals.lua.
-- Reply: 1; 0 where a condition does not hold, and nothing was written.
for _ = 1, take_number() do
  local text = redis.call("HGET", base .. take(), take())
  if (text and redis.sha1hex(text)) ~= take_nullable() then
    return 0
  end
end
for _ = 1, take_number() do
  writes[take()]()
end
return 1

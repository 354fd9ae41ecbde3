-- Reply: the ref of the living monitor with this slug, else of the latest tombstone, else nothing. ARGV: slug.
local slug = take()
local living = redis.call("ZRANGEBYLEX", base .. "slugs", "[" .. slug .. " ", "(" .. slug .. "!", "LIMIT", 0, 1)[1]
local id = living and living:sub(#slug + 2) or redis.call("ZREVRANGE", base .. "gone:" .. slug, 0, 0)[1]
return id and redis.call("HGET", base .. "m:" .. id, "ref")

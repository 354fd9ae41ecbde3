-- Living monitors by slug. ARGV: slug after which the page begins (empty: the first), how many.
-- Reply: { monitor, state, version } of each.
local after, limit = take_nullable(), take()
local from = after and "(" .. after .. "!" or "-"
local found = {}
for index, member in ipairs(redis.call("ZRANGEBYLEX", base .. "slugs", from, "+", "LIMIT", 0, limit)) do
  local id = member:match(" (.*)$")
  found[index] = redis.call("HMGET", base .. "m:" .. id, "monitor", "state", "version")
end
return found

-- All of a monitor, as it stands at one instant. Writes nothing.
-- KEYS[1]: see arguments.lua. ARGV: id.
-- Reply: nothing where it is gone, else { version, swept, monitor, state, dueAt, hastenedAt, { rows }, { runs in order of
-- arrival }, { journal }, { duplicate key, receipt … }, { duplicate key, instant … }, { day and what, count … },
-- { incidents }, { blind spot, unknown … } }; texts as monitors.lua keeps them.
local id = take()
local function all(order, ...)
  return redis.call("ZRANGE", base .. order .. id, 0, -1, ...)
end
local function fields(hash, names)
  local found = {}
  for index, name in ipairs(names) do
    found[index] = redis.call("HGET", base .. hash, name)
  end
  return found
end

local version, swept, monitor, state, hastened =
  unpack(redis.call("HMGET", base .. "m:" .. id, "version", "swept", "monitor", "state", "hastened"))
if not version then
  return false
end
local unknowns = {}
for _, spot in ipairs(redis.call("SMEMBERS", base .. "us")) do
  local unknown = redis.call("HGET", base .. "u:" .. spot, id)
  if unknown then
    unknowns[#unknowns + 1] = spot
    unknowns[#unknowns + 1] = unknown
  end
end
return {
  version,
  swept or "",
  monitor,
  state,
  redis.call("ZSCORE", base .. "due", id),
  hastened,
  all("w:"),
  fields("r:" .. id, all("ro:")),
  all("j:"),
  redis.call("HGETALL", base .. "k:" .. id),
  all("ka:", "WITHSCORES"),
  redis.call("HGETALL", base .. "c:" .. id),
  fields("i", all("i:of:")),
  unknowns,
}

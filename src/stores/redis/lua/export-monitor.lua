-- A piece of all that a monitor is, as it stands at one instant. Writes nothing.
-- KEYS[1]: see arguments.lua. ARGV: id, how many of its rows, runs and journal entries were given by the pieces before,
-- after how many characters of them the piece ends.
-- Reply: nothing where it is gone, else { where the next piece begins (empty: this is the last), version, swept, dueAt,
-- hastenedAt, { rows }, { runs in order of arrival }, { journal } }, and with the first piece { monitor, state,
-- { duplicate key, receipt … }, { duplicate key, instant … }, { day and what, count … }, { incidents },
-- { blind spot, unknown … } } behind that; texts as monitors.lua keeps them.
local id, first, most = take(), take_number(), take_number()
local function all(order, ...)
  return redis.call("ZRANGE", base .. order .. id, 0, -1, ...)
end

local version, swept, monitor, state, hastened =
  unpack(redis.call("HMGET", base .. "m:" .. id, "version", "swept", "monitor", "state", "hastened"))
if not version then
  return false
end

local characters, passed, next_first = 0, 0, ""
local function piece_of(order, text_of)
  local found, many = {}, redis.call("ZCARD", order)
  local index = math.max(0, first - passed)
  while index < many and characters < most do
    local text = text_of(redis.call("ZRANGE", order, index, index)[1])
    found[#found + 1] = text
    characters = characters + (text and #text or 0)
    index = index + 1
  end
  if index < many and next_first == "" then next_first = tostring(passed + index) end
  passed = passed + many
  return found
end
local function itself(text) return text end
local function run_of(run) return redis.call("HGET", base .. "r:" .. id, run) end
local rows = piece_of(base .. "w:" .. id, itself)
local runs = piece_of(base .. "ro:" .. id, run_of)
local journal = piece_of(base .. "j:" .. id, itself)

local function incidents()
  local found = {}
  for index, incident in ipairs(all("i:of:")) do found[index] = redis.call("HGET", base .. "i", incident) end
  return found
end
local function unknowns()
  local found = {}
  for _, spot in ipairs(redis.call("SMEMBERS", base .. "us")) do
    local unknown = redis.call("HGET", base .. "u:" .. spot, id)
    if unknown then
      found[#found + 1] = spot
      found[#found + 1] = unknown
    end
  end
  return found
end
local others = first == 0 and {
  monitor,
  state,
  redis.call("HGETALL", base .. "k:" .. id),
  all("ka:", "WITHSCORES"),
  redis.call("HGETALL", base .. "c:" .. id),
  incidents(),
  unknowns(),
}
return {
  next_first,
  version,
  swept or "",
  redis.call("ZSCORE", base .. "due", id),
  hastened,
  rows,
  runs,
  journal,
  others,
}

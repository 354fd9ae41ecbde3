-- The entry into which a sighting folds, or those that make room for a new one.
-- KEYS[1]: see arguments.lua. ARGV: fold, how many entries are kept.
-- Reply: {number, document}, or {false, documents of those that have to go}.
local fold, limit = take(), take_number()
local entries = base .. "rejections"

local number = redis.call("HGET", base .. "rejections:folds", fold)
if number then
  return { number, redis.call("HGET", entries, number) }
end
local gone, chosen = {}, {}
local surplus = redis.call("HLEN", entries) + 1 - limit
-- Names that strangers guess must not crowd out what was refused of a job.
for _, order in ipairs({ "rejections:inbox", "rejections:seen" }) do
  if #gone < surplus then
    for _, each in ipairs(redis.call("ZRANGE", base .. order, 0, surplus - 1 + #gone)) do
      if #gone < surplus and not chosen[each] then
        chosen[each] = true
        -- There they have zeros before them, so that they are in order.
        gone[#gone + 1] = redis.call("HGET", entries, (each:gsub("^0+", "")))
      end
    end
  end
end
return { false, gone }

-- Whether anything of a monitor may be past its time; of most there is nothing.
-- KEYS[1]: see arguments.lua. ARGV: id, instant before which history is past, before which receipts are, first day whose
-- counts are kept, how many runs and rows are kept.
-- Reply: 1, 0, or the document of a tombstone.
local id, cut, receipts_cut, first_day, most_runs, most_rows =
  take(), take(), take(), take_number(), take_number(), take_number()

local deleted, document = unpack(redis.call("HMGET", base .. "m:" .. id, "deleted", "monitor"))
if deleted then
  return document
end
local function has_before(order, at)
  return redis.call("ZCOUNT", base .. order .. id, "-inf", "(" .. at) > 0
end
local function has_more(order, most)
  return redis.call("ZCARD", base .. order .. id) > most
end
local function has_old_count()
  for _, day_and_what in ipairs(redis.call("HKEYS", base .. "c:" .. id)) do
    if tonumber(day_and_what:match("^%-?%d+")) < first_day then
      return true
    end
  end
end

local is_past = has_before("w:", cut) or has_before("j:", cut) or has_before("rp:", cut) or has_before("i:of:", cut)
  or has_before("ka:", receipts_cut) or has_more("ro:", most_runs) or has_more("w:", most_rows) or has_old_count()
return is_past and 1 or 0

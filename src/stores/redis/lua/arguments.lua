-- What a script was given, taken one after the other. Stands before every other part.
-- KEYS[1]: what every key of the place begins with, `<prefix>:{<project>/<number>}:`. All keys a script touches are
-- made from it, so they are in one slot.
local base = KEYS[1]
local taken = 0

local function take()
  taken = taken + 1
  return ARGV[taken]
end

local function take_number()
  return tonumber(take())
end

-- An empty text stands for null: false here, for a table cannot hold nil.
local function take_nullable()
  local text = take()
  return text ~= "" and text
end

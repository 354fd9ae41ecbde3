-- Whether one text comes before another in a sorted set: by its bytes. Lua itself would compare by the locale in which the
-- server was started.
local function is_before(one, other)
  for index = 1, math.min(#one, #other) do
    local left, right = one:byte(index), other:byte(index)
    if left ~= right then return left < right end
  end
  return #one < #other
end

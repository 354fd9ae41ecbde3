-- Whether an instant is ahead of the server's time by more than the clock of a process may be off. Stands after
-- arguments.lua. ARGV: how far that may be (empty: it is not checked).
local tolerance = take_nullable()

local function is_ahead(at)
  if not tolerance then return false end
  local time = redis.call("TIME")
  return tonumber(at) - (time[1] * 1000 + time[2] / 1000) > tonumber(tolerance)
end

-- Keeps a turn for longer, if it is still that of whoever keeps it.
-- KEYS[1]: see arguments.lua.
-- ARGV: the token of the turn; for how long from now, in ms.
-- Reply: 1; 0 where another has it by now.
local key = base .. "turn"
if redis.call("GET", key) == take() then
  return redis.call("PEXPIRE", key, take())
end
return 0

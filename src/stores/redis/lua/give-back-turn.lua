-- Gives a turn back, if it is still that of whoever gives it back.
-- KEYS[1]: see arguments.lua.
-- ARGV: the token of the turn.
-- Reply: 1; 0 where another has it by now.
local key = base .. "turn"
if redis.call("GET", key) == take() then
  return redis.call("DEL", key)
end
return 0

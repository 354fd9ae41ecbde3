-- All that a deletion had to drop is dropped; the note of a later one stays. ARGV: the channel's name, the deletion.
local name = take()
if redis.call("HGET", base .. "channels:deleted", name) == take() then
  redis.call("HDEL", base .. "channels:deleted", name)
end

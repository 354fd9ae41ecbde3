-- Writes that were decided on outside, as `amend.lua` carries them out.
local writes = {
  put = function()
    redis.call("HSET", base .. take(), take(), take())
  end,
  drop = function()
    redis.call("HDEL", base .. take(), take())
  end,
  rank = function()
    redis.call("ZADD", base .. take(), take(), take())
  end,
  unrank = function()
    redis.call("ZREM", base .. take(), take())
  end,
  member = function()
    redis.call("SADD", base .. take(), take())
  end,
}

-- More writes, for what is past its time. Stands after outbox.lua, incidents.lua and writes.lua.
--   "first", sorted set, how many | "at", sorted set, score | "forget", key | "leave", set, member
--   "past", hash, sorted set, member of both, instant | "notification", id | "incident", id, monitor (empty: of none)
function writes.first()
  redis.call("ZREMRANGEBYRANK", base .. take(), 0, take() - 1)
end

function writes.at()
  local order, score = take(), take()
  redis.call("ZREMRANGEBYSCORE", base .. order, score, score)
end

function writes.forget()
  redis.call("DEL", base .. take())
end

function writes.leave()
  redis.call("SREM", base .. take(), take())
end

function writes.notification()
  remove_notification(take())
end

function writes.incident()
  remove_incident(take(), take())
end

-- What came in again meanwhile stays.
function writes.past()
  local hash, order, member, at = take(), take(), take(), take_number()
  local score = redis.call("ZSCORE", base .. order, member)
  if score and tonumber(score) < at then
    redis.call("HDEL", base .. hash, member)
    redis.call("ZREM", base .. order, member)
  end
end

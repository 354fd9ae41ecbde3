-- Incidents of a place: of its monitors and, in a home, of the project. Stands after arguments.lua. Keys:
--   i              hash: id -> document
--   i:all          ids by openedAt, then id; i:of:<monitor> those of one, i:of: those of none; i:is:<status>

-- What `incidentTexts` gives.
local function take_incident()
  return { id = take(), monitor = take(), opened_at = take(), status = take(), document = take() }
end

local function remove_incident(id, monitor)
  redis.call("HDEL", base .. "i", id)
  redis.call("ZREM", base .. "i:all", id)
  redis.call("ZREM", base .. "i:of:" .. monitor, id)
  for _, status in ipairs({ "open", "acknowledged", "resolved" }) do
    redis.call("ZREM", base .. "i:is:" .. status, id)
  end
end

-- Adds it, or replaces it by id.
local function put_incident(given)
  remove_incident(given.id, given.monitor)
  redis.call("HSET", base .. "i", given.id, given.document)
  for _, list in ipairs({ "all", "of:" .. given.monitor, "is:" .. given.status }) do
    redis.call("ZADD", base .. "i:" .. list, given.opened_at, given.id)
  end
end

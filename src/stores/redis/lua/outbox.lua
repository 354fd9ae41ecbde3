-- The outbox of a place: notifications, and the lanes in which they go to their channels. Stands after arguments.lua.
-- A channel is named `<project>/<channel>`, a lane `<channel>/<subject>` (`laneSubject` of its notifications). Keys:
--   n                   hash: id -> document
--   n:wait              hash: id -> not before, of those that are pending
--   n:in:<project>      ids by createdAt, then id; n:of:<project>/<incident> those of one, n:of:<project>/ of none
--   n:sent:<channel>    ids by sentAt; n:opened:<channel> those of openings that were no part of a digest
--   lane:<lane>         hash: number, channel, incident, kept (how many notifications), leased, sent ("1"), thread
--   lane-ids:<lane>     ids that are pending, in order
--   lanes:<channel>     every lane, as `<number>/<lane>`, in order of the numbers
--   ready:<channel>     lanes as above with something pending, by the instant from which they may be claimed
--   ready               channels by the earliest such instant

-- What `notificationTexts` gives.
local function take_notification()
  local id, subject, channel = take(), take(), take()
  return {
    id = id,
    channel = channel,
    lane = channel .. "/" .. subject,
    incident = take(),
    created_at = take(),
    not_before_at = take(),
    status = take(),
    number = take(),
    document = take(),
  }
end

local function has_notification(id)
  return redis.call("HEXISTS", base .. "n", id) == 1
end

local function lists_of_notification(channel, incident)
  local project = channel:match("^[^/]*")
  return { base .. "n:in:" .. project, base .. "n:of:" .. project .. "/" .. incident }
end

-- To be read only. Half a surrogate pair, which is left where a text was cut, stands there as an escape that cjson refuses;
-- escaped backslashes go first, so that what follows one is not taken for an escape.
local function decoded(document)
  return cjson.decode((document:gsub("\\\\", ""):gsub("\\u[dD][89a-fA-F]%x%x", "?")))
end

-- Works out anew from when on the lane may be claimed; to be called after any write to it.
local function refresh_lane(lane)
  local number, channel, leased = unpack(redis.call("HMGET", base .. "lane:" .. lane, "number", "channel", "leased"))
  local ready, member = base .. "ready:" .. channel, number .. "/" .. lane
  local first = redis.call("ZRANGE", base .. "lane-ids:" .. lane, 0, 0)[1]
  if first then
    local from = redis.call("HGET", base .. "n:wait", first)
    if tonumber(leased) > tonumber(from) then from = leased end
    redis.call("ZADD", ready, from, member)
  else
    redis.call("ZREM", ready, member)
  end
  local earliest = redis.call("ZRANGE", ready, 0, 0, "WITHSCORES")[2]
  if earliest then
    redis.call("ZADD", base .. "ready", earliest, channel)
  else
    redis.call("ZREM", base .. "ready", channel)
  end
end

local function has_lane(lane)
  return redis.call("EXISTS", base .. "lane:" .. lane) == 1
end

-- Twice is harmless: a lane keeps the number it was made with.
local function add_lane(lane, channel, incident, number)
  if has_lane(lane) then return end
  redis.call("HSET", base .. "lane:" .. lane,
    "number", number, "channel", channel, "incident", incident, "kept", "0", "leased", "0")
  redis.call("ZADD", base .. "lanes:" .. channel, 0, number .. "/" .. lane)
end

-- A notification as it now stands; `refresh_lane` is the caller's.
local function put_notification(lane, channel, id, status, not_before_at, document)
  redis.call("HSET", base .. "n", id, document)
  if status == "pending" then
    redis.call("HSET", base .. "n:wait", id, not_before_at)
    redis.call("ZADD", base .. "lane-ids:" .. lane, 0, id)
  else
    redis.call("HDEL", base .. "n:wait", id)
    redis.call("ZREM", base .. "lane-ids:" .. lane, id)
  end
  if status ~= "sent" then return end
  local notification = decoded(document)
  if notification.sentAt == cjson.null then return end
  redis.call("ZADD", base .. "n:sent:" .. channel, notification.sentAt, id)
  if notification.change == "opened" and not notification.isDigested then
    redis.call("ZADD", base .. "n:opened:" .. channel, notification.sentAt, id)
  end
end

-- One that is not there yet: the caller has asked `has_notification`.
local function add_notification(given)
  add_lane(given.lane, given.channel, given.incident, given.number)
  redis.call("HINCRBY", base .. "lane:" .. given.lane, "kept", 1)
  for _, list in ipairs(lists_of_notification(given.channel, given.incident)) do
    redis.call("ZADD", list, given.created_at, given.id)
  end
  put_notification(given.lane, given.channel, given.id, given.status, given.not_before_at, given.document)
  refresh_lane(given.lane)
end

local function remove_lane(lane, channel, number)
  local member = number .. "/" .. lane
  redis.call("ZREM", base .. "lanes:" .. channel, member)
  redis.call("DEL", base .. "lane:" .. lane, base .. "lane-ids:" .. lane)
end

-- With the last one of a lane the lane goes too, and what its channel remembered of the incident. Twice is harmless.
local function remove_notification(id)
  local document = redis.call("HGET", base .. "n", id)
  if not document then return end
  local notification = decoded(document)
  local channel = notification.project .. "/" .. notification.channel
  local incident = notification.incidentId ~= cjson.null and notification.incidentId or ""
  local subject = incident == "" and "notice " .. id or "incident " .. incident
  local lane = channel .. "/" .. subject
  redis.call("HDEL", base .. "n", id)
  redis.call("HDEL", base .. "n:wait", id)
  redis.call("ZREM", base .. "lane-ids:" .. lane, id)
  redis.call("ZREM", base .. "n:sent:" .. channel, id)
  redis.call("ZREM", base .. "n:opened:" .. channel, id)
  for _, list in ipairs(lists_of_notification(channel, incident)) do
    redis.call("ZREM", list, id)
  end
  local kept = redis.call("HINCRBY", base .. "lane:" .. lane, "kept", -1)
  refresh_lane(lane)
  if kept <= 0 then
    remove_lane(lane, channel, redis.call("HGET", base .. "lane:" .. lane, "number"))
  end
end

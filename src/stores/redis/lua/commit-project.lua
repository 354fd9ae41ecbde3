-- A project's change, in its home, if its version is still the one it was decided on. Reply: "committed", "stale", or
-- what it contradicts; then nothing is written.
-- ARGV: version, document, state, number of partitions, due or "";
--   how many incidents, each as `take_incident` takes it; how many notifications, each as `take_notification` does;
--   how many unknowns were reported, of each: blind spot, monitor, its stamp.
local key = base .. "project"
local kept = redis.call("HMGET", key, "version", "partitions")
if kept[1] ~= take() then return "stale" end
local document, state, partitions, due = take(), take(), take(), take()
if kept[2] ~= partitions then return "the partitions that the project was made with" end
local incidents = {}
for index = 1, take_number() do incidents[index] = take_incident() end
local notifications, are_new = {}, {}
for index = 1, take_number() do
  local notification = take_notification()
  if are_new[notification.id] or has_notification(notification.id) then
    return "notification ids that were not used before"
  end
  are_new[notification.id] = true
  notifications[index] = notification
end

redis.call("HSET", key, "version", string.format("%d", kept[1] + 1), "document", document, "state", state, "due", due)
for _, incident in ipairs(incidents) do put_incident(incident) end
for _, notification in ipairs(notifications) do add_notification(notification) end
for _ = 1, take_number() do
  redis.call("HSET", base .. "reported:" .. take(), take(), take())
end
return "committed"

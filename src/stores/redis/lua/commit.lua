-- Writes all of a change, or nothing. Stands after arguments, incidents, outbox and monitors.lua.
-- ARGV, in this order:
--   id, base version, stamp that it was decided on (empty: not known), slug where the monitor is to be added (else empty)
--   now by the sender (empty: not checked), how far off that may be, until when a check-in is taken (empty: always)
--   what it was loaded with (`take_wanted`): what is not known there was decided on as if it were not there
--   notifications
--   stamp of this commit, decidedAt, dueAt (empty: never), state
--   monitor (empty: as it was; else also: ref, ping, slug, deletedAt or empty)
--   rows: expectedAt, document
--   runs: id, job's name or empty, attempt, since when it is past (empty: it is open), document
--   incidents
--   unknowns: spot, fromAt, toAt, count, document
--   counts: `<day> <what>`, delta
--   receipt: duplicate key (empty: none; else also: at, document)
--   journal: at (empty: none; else also: document)
-- Reply: { "committed", swept, ping before (or empty) } | { "stale", as load.lua } | { "used", notification's id }
--   | { "clock" } | { "late" }.
local id, base_version, known_stamp, added_slug = take(), take(), take_nullable(), take_nullable()
local now, tolerance, taken_until = take_nullable(), take_number(), take_nullable()
local wanted = take_wanted()
local notifications = {}
for index = 1, take_number() do
  notifications[index] = take_notification()
end

local monitor_key = base .. "m:" .. id
local found = redis.call("HMGET", monitor_key, "version", "stamp", "swept", "hastened", "ping", "runs")
local version, stamp, swept, hastened, ping, run_count = unpack(found)

local function padded(number, digits)
  return string.format("%0" .. digits .. ".0f", tonumber(number))
end

local function is_living(slug)
  return #redis.call("ZRANGEBYLEX", base .. "slugs", "[" .. slug .. " ", "(" .. slug .. "!", "LIMIT", 0, 1) > 0
end

local function is_stale()
  if added_slug then return version or is_living(added_slug) end
  if version ~= base_version or (known_stamp and stamp ~= known_stamp) then return true end
  for _, run in ipairs(wanted.runs) do
    if not run.is_known and latest_attempt(id, run.of) then return true end
  end
  for _, receipt in ipairs(wanted.receipts) do
    if not receipt.is_known and earlier_receipt(id, receipt.of) then return true end
  end
  return false
end

if now then
  local time = redis.call("TIME")
  local here = time[1] * 1000 + math.floor(time[2] / 1000)
  if math.abs(here - now) > tolerance then return { "clock" } end
  if taken_until and here > tonumber(taken_until) then return { "late" } end
end
if is_stale() then return { "stale", loaded(id, "", "", wanted) } end
for _, notification in ipairs(notifications) do
  if has_notification(notification.id) then return { "used", notification.id } end
end

-- From here on everything is written.
local new_stamp, decided_at, due_at, state = take(), take_number(), take_nullable(), take()
-- The first write, for a full Redis refuses a script only at its first one, and only one that needs memory.
redis.call("HSET", monitor_key, "version", padded(base_version + 1, 1), "stamp", new_stamp, "state", state)
if hastened and tonumber(hastened) > decided_at then
  -- What was asked for after the decision was made stays asked for.
  if not due_at or tonumber(hastened) < tonumber(due_at) then due_at = hastened end
elseif hastened then
  redis.call("HDEL", monitor_key, "hastened")
end
if due_at then
  redis.call("ZADD", base .. "due", due_at, id)
else
  redis.call("ZREM", base .. "due", id)
end

local document = take_nullable()
local ping_before = ""
if document then
  local ref, new_ping, slug, deleted_at = take(), take(), take(), take_nullable()
  redis.call("HSET", monitor_key, "monitor", document, "ref", ref, "ping", new_ping)
  if ping and ping ~= new_ping then ping_before = ping end
  if added_slug then redis.call("ZADD", base .. "ids", 0, id) end
  if deleted_at then
    redis.call("HSET", monitor_key, "deleted", "1")
    redis.call("ZREM", base .. "slugs", slug .. " " .. id)
    redis.call("ZADD", base .. "gone:" .. slug, deleted_at, id)
  elseif added_slug then
    redis.call("ZADD", base .. "slugs", 0, slug .. " " .. id)
  end
end

for _ = 1, take_number() do
  local expected_at, row = take(), take()
  redis.call("ZREMRANGEBYSCORE", base .. "w:" .. id, expected_at, expected_at)
  redis.call("ZADD", base .. "w:" .. id, expected_at, row)
end

run_count = tonumber(run_count or "0")
local first_run = run_count
for _ = 1, take_number() do
  local run, name, attempt, past_since_at, text = take(), take_nullable(), take(), take_nullable(), take()
  local is_new = redis.call("HSET", base .. "r:" .. id, run, text) == 1
  if is_new then
    run_count = run_count + 1
    redis.call("ZADD", base .. "ro:" .. id, run_count, run)
  end
  -- Name and attempt are those that a run began with.
  if is_new and name then
    local member = name .. " " .. padded(attempt, 10) .. " " .. padded(run_count, 16) .. " " .. run
    redis.call("ZADD", base .. "ri:" .. id, 0, member)
  end
  if past_since_at then
    redis.call("ZADD", base .. "rp:" .. id, past_since_at, run)
  elseif not is_new then
    redis.call("ZREM", base .. "rp:" .. id, run)
  end
end
if run_count > first_run then redis.call("HSET", monitor_key, "runs", padded(run_count, 1)) end

for _ = 1, take_number() do
  put_incident(take_incident())
end
for _, notification in ipairs(notifications) do
  add_notification(notification)
end

for _ = 1, take_number() do
  local spot, from_at, to_at, count, text = take(), take_number(), take_number(), take_number(), take()
  local before = redis.call("HGET", base .. "u:" .. spot, id)
  if before then
    local from_before, to_before, count_before = before:match("^(%S+) (%S+) (%S+) ")
    from_at = math.min(from_at, tonumber(from_before))
    to_at = math.max(to_at, tonumber(to_before))
    count = count + tonumber(count_before)
  end
  local numbers = { padded(from_at, 1), padded(to_at, 1), padded(count, 1), padded(base_version + 1, 1) }
  redis.call("HSET", base .. "u:" .. spot, id, table.concat(numbers, " ") .. " " .. text)
  redis.call("SADD", base .. "us", spot)
end

for _ = 1, take_number() do
  redis.call("HINCRBY", base .. "c:" .. id, take(), take())
end

local duplicate_key = take_nullable()
if duplicate_key then
  local at, receipt = take(), take()
  redis.call("HSET", base .. "k:" .. id, duplicate_key, receipt)
  redis.call("ZADD", base .. "ka:" .. id, at, duplicate_key)
end

local journal_at = take_nullable()
if journal_at then
  redis.call("ZADD", base .. "j:" .. id, journal_at, padded(base_version + 1, 16) .. " " .. take())
end
return { "committed", swept or "", ping_before }

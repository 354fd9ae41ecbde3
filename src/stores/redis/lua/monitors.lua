-- Monitors of a place, and what a decision is loaded with. Stands after arguments.lua. Keys:
--   m:<id>      hash: monitor, state (documents), version, stamp (of the latest commit, no two alike), swept (changes
--               whenever upkeep removes some of its history), ref (document), ping (hash of its URL), deleted ("1"),
--               hastened (asked for and not settled since), runs (how many were ever added)
--   ids         every monitor, by id; due: ids by the instant at which they must be looked at
--   slugs       living ones, as `<slug> <id>`; gone:<slug> the ids of tombstones, by deletedAt
--   w:<id>      ledger rows by expectedAt
--   r:<id>      hash: Rollcall's run id -> document; ro:<id> those ids in order of arrival; rp:<id> those of runs that
--               are past, by the instant since when
--   ri:<id>     runs that the job named: `<name> <attempt> <arrival> <run id>`, so that the latest attempt is the last
--   j:<id>      journal by at, each `<version> <document>`; numbers inside texts are padded, so that text order is theirs
--   c:<id>      hash: `<day> <what>` -> count
--   k:<id>      hash: duplicate key -> receipt; ka:<id> those keys by the instant of the receipt
--   u:<spot>    hash: monitor -> `<fromAt> <toAt> <count> <stamp> <document>` of what a blind spot left unknown; the stamp
--               is the version that told of it last; us the spots
-- Names of jobs' runs and duplicate keys are JSON texts.

-- As many rows as a window that is judged, the one before it and the one after it, and one to spare.
local latest_rows = 4

local function rows_around(id, at)
  local rows = redis.call("ZREVRANGEBYSCORE", base .. "w:" .. id, at, "-inf", "LIMIT", 0, 2)
  rows[1], rows[2] = rows[2] or rows[1], rows[2] and rows[1]
  rows[#rows + 1] = redis.call("ZRANGEBYSCORE", base .. "w:" .. id, "(" .. at, "+inf", "LIMIT", 0, 1)[1]
  return rows
end

-- The id of the latest attempt, and how many characters of a member of ri: come before an id.
local function latest_attempt(id, name)
  local from, to = "[" .. name .. " ", "[" .. name .. " \255"
  local last = redis.call("ZREVRANGEBYLEX", base .. "ri:" .. id, to, from, "LIMIT", 0, 1)[1]
  return last and last:sub(#name + 30)
end

local function run_named(id, name)
  local run = latest_attempt(id, name)
  -- Never nil: a reply ends before the first one.
  return run and redis.call("HGET", base .. "r:" .. id, run) or false
end

local function earlier_receipt(id, duplicate_key)
  return redis.call("HGET", base .. "k:" .. id, duplicate_key)
end

local function take_asked()
  local asked = {}
  for index = 1, take_number() do
    asked[index] = { of = take(), is_known = take() == "1" }
  end
  return asked
end

-- What is wanted with a monitor; of each whether the caller knows it, as long as nothing else has changed.
local function take_wanted()
  return { around = take_asked(), runs = take_asked(), receipts = take_asked() }
end

local function answers(id, asked, is_same, answer)
  local given = {}
  for index, each in ipairs(asked) do
    given[index] = not (is_same and each.is_known) and answer(id, each.of)
  end
  return given
end

-- Reply: nothing where there is no such monitor, else { version, stamp, swept, { monitor, state, { latest rows } } or
-- nothing where stamp and swept are those known, { { rows } }, { run }, { receipt } }. What the caller knows is left
-- out of the last three.
local function loaded(id, known_stamp, known_swept, wanted)
  local found = redis.call("HMGET", base .. "m:" .. id, "version", "stamp", "swept")
  local version, stamp, swept = found[1], found[2], found[3] or ""
  if not version then return false end
  local is_same = stamp == known_stamp and swept == known_swept
  local documents = false
  if not is_same then
    local rows = redis.call("ZREVRANGE", base .. "w:" .. id, 0, latest_rows - 1)
    local monitor_and_state = redis.call("HMGET", base .. "m:" .. id, "monitor", "state")
    documents = { monitor_and_state[1], monitor_and_state[2], rows }
  end
  return {
    version,
    stamp,
    swept,
    documents,
    answers(id, wanted.around, is_same, rows_around),
    answers(id, wanted.runs, is_same, run_named),
    answers(id, wanted.receipts, is_same, earlier_receipt),
  }
end

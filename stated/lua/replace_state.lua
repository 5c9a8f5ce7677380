-- Replace everything that is kept of one game by what a rebuild from the log gave: all or nothing.
--
-- KEYS[1] hash   state: epoch, version, topic, body, as_of_us, log_sequence, lag_ms, cursors
-- KEYS[2] hash   ledger: event key -> bytes of a material event
-- KEYS[3] set    seen: digests of the identities applied
-- KEYS[4] list   recent: bytes of the last events, newest first
-- KEYS[5] list   patches: 8 bytes big-endian version + frame, newest first
--
-- ARGV[1] new epoch, greater than the stored one       ARGV[2] version
-- ARGV[3] epoch that the rebuild found, 0 = no state   ARGV[4] version that it found
-- ARGV[5] events applied that it found                 ARGV[6] seconds until the keys expire, 0 = never
-- ARGV[7] topic  ARGV[8] body  ARGV[9] as_of_us  ARGV[10] log_sequence  ARGV[11] lag_ms  ARGV[12] cursors
-- ARGV[13] n digests  ARGV[14] l ledger entries  ARGV[15] r events  ARGV[16] p patches
-- ARGV[17..] n digests, l times (key, bytes), r events oldest first, p patches oldest first
--
-- Returns {"applied", version} | {"duplicate", version} when the new epoch is stored already
--       | {"conflict", epoch, version} when the state is not the one that the rebuild found.
-- Complexity: O(n + l + r + p + what was kept before).

local state_key, ledger_key, seen_key, recent_key, patches_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local epoch, version = ARGV[1], ARGV[2]
local found_epoch, found_version, found_seen = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local expire_s = tonumber(ARGV[6])
local digests, entries = tonumber(ARGV[13]), tonumber(ARGV[14])
local events, patches = tonumber(ARGV[15]), tonumber(ARGV[16])
local first = 17

-- Checked before the first write: a script that fails half-way is not undone by Redis.
if #ARGV ~= first - 1 + digests + 2 * entries + events + patches then
  return redis.error_reply("replace_state: the counts do not match the arguments")
end

local stored = redis.call("HMGET", state_key, "epoch", "version")
local stored_epoch, stored_version = tonumber(stored[1] or 0), tonumber(stored[2] or 0)
if stored_epoch == tonumber(epoch) then
  return {"duplicate", stored_version}
end
local stands = stored_epoch == found_epoch and stored_version == found_version
-- Without a state, whatever is left of its events is removed below.
if found_epoch > 0 and redis.call("SCARD", seen_key) ~= found_seen then stands = false end
if not stands or tonumber(epoch) < stored_epoch then
  return {"conflict", stored_epoch, stored_version}
end

redis.call("DEL", state_key, ledger_key, seen_key, recent_key, patches_key)
redis.call("HSET", state_key, "epoch", epoch, "version", version, "topic", ARGV[7], "body", ARGV[8],
  "as_of_us", ARGV[9], "log_sequence", ARGV[10], "lag_ms", ARGV[11], "cursors", ARGV[12])
local at = first
for i = at, at + digests - 1 do redis.call("SADD", seen_key, ARGV[i]) end
at = at + digests
for i = at, at + 2 * entries - 1, 2 do redis.call("HSET", ledger_key, ARGV[i], ARGV[i + 1]) end
at = at + 2 * entries
for i = at, at + events - 1 do redis.call("LPUSH", recent_key, ARGV[i]) end
at = at + events
for i = at, at + patches - 1 do redis.call("LPUSH", patches_key, ARGV[i]) end
if expire_s > 0 then
  for _, key in ipairs(KEYS) do redis.call("EXPIRE", key, expire_s) end
end
return {"applied", tonumber(version)}

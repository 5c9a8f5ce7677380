-- Apply what a fold made of some events of one game: all or nothing, once.
--
-- KEYS[1] hash   state: epoch, version, topic, body, as_of_us, log_sequence, lag_ms, cursors
-- KEYS[2] hash   ledger: event key -> bytes of a material event; an empty value removes the key
-- KEYS[3] set    seen: digests of the identities applied
-- KEYS[4] list   recent: bytes of the last events, newest first
-- KEYS[5] list   patches: 8 bytes big-endian version + frame, newest first
--
-- ARGV[1] epoch            ARGV[2] version that the fold started from    ARGV[3] version that it leads to
-- ARGV[4] "1" when this commit creates the state, else "0"
-- ARGV[5] seconds until the keys expire, 0 = never (the game goes on)
-- ARGV[6] events kept      ARGV[7] patches kept
-- ARGV[8] events that had been applied when the fold started: a commit without a patch leaves the version
-- ARGV[9] topic  ARGV[10] body  ARGV[11] as_of_us  ARGV[12] log_sequence  ARGV[13] lag_ms  ARGV[14] cursors
-- ARGV[15] n digests  ARGV[16] l ledger entries  ARGV[17] r events  ARGV[18] p patches
-- ARGV[19..] n digests, l times (key, bytes), r events oldest first, p patches oldest first
--
-- Returns {"applied", version} | {"duplicate", version} when all digests were seen in this epoch
--       | {"conflict", epoch, version} when somebody else wrote (0, 0: there is no state).
-- Complexity: O(n + l + r + p).

local state_key, ledger_key, seen_key, recent_key, patches_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local epoch, base, version = ARGV[1], ARGV[2], ARGV[3]
local creates = ARGV[4] == "1"
local expire_s, events_kept, patches_kept = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local base_seen = tonumber(ARGV[8])
local digests, entries = tonumber(ARGV[15]), tonumber(ARGV[16])
local events, patches = tonumber(ARGV[17]), tonumber(ARGV[18])
local first = 19

-- Checked before the first write: a script that fails half-way is not undone by Redis.
if digests < 1 or #ARGV ~= first - 1 + digests + 2 * entries + events + patches then
  return redis.error_reply("commit_patch: the counts do not match the arguments")
end

local stored = redis.call("HMGET", state_key, "epoch", "version")
local stored_epoch, stored_version = stored[1], stored[2]
local already = 0
for i = first, first + digests - 1 do
  already = already + redis.call("SISMEMBER", seen_key, ARGV[i])
end
if stored_epoch == epoch and already == digests then
  return {"duplicate", tonumber(stored_version)}
end
local stands = stored_epoch == epoch and stored_version == base and redis.call("SCARD", seen_key) == base_seen
local fits = (not stored_epoch and creates) or (stands and not creates)
if not fits or already > 0 then
  return {"conflict", tonumber(stored_epoch or 0), tonumber(stored_version or 0)}
end

redis.call("HSET", state_key, "epoch", epoch, "version", version, "topic", ARGV[9], "body", ARGV[10],
  "as_of_us", ARGV[11], "log_sequence", ARGV[12], "lag_ms", ARGV[13], "cursors", ARGV[14])
local at = first
for i = at, at + digests - 1 do redis.call("SADD", seen_key, ARGV[i]) end
at = at + digests
for i = at, at + 2 * entries - 1, 2 do
  if ARGV[i + 1] == "" then
    redis.call("HDEL", ledger_key, ARGV[i])
  else
    redis.call("HSET", ledger_key, ARGV[i], ARGV[i + 1])
  end
end
at = at + 2 * entries
for i = at, at + events - 1 do redis.call("LPUSH", recent_key, ARGV[i]) end
redis.call("LTRIM", recent_key, 0, events_kept - 1)
at = at + events
for i = at, at + patches - 1 do redis.call("LPUSH", patches_key, ARGV[i]) end
redis.call("LTRIM", patches_key, 0, patches_kept - 1)

if expire_s > 0 then
  for _, key in ipairs(KEYS) do redis.call("EXPIRE", key, expire_s) end
elseif redis.call("TTL", state_key) > 0 then
  -- A correction brought a finished game back to life.
  for _, key in ipairs(KEYS) do redis.call("PERSIST", key) end
end
return {"applied", tonumber(version)}

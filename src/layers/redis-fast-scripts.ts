/*
 * The scripts of `redis-fast`. Each does in Redis what `redis` does in several round trips; what it leaves in Redis is
 * the same. A script adds before it removes: Redis refuses to add when its memory is full, but no longer inside a script
 * that has written already.
 */

/** KEYS: queue. ARGV: envelope, capacity, score, expiry in seconds, score up to which messages have expired. Answers how many had, and whether it is full. */
export const SEND = `
local full = 1
if redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[5], '+inf') < tonumber(ARGV[2]) then
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
  full = 0
end
return {redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[5]), full}
`;

/**
 * KEYS: queues of one host. ARGV: an envelope for each, a capacity for each, the score, the expiry in seconds, the score
 * up to which messages have expired. Answers, for each queue, how many had, and whether it is full.
 */
export const SEND_ALL = `
local queues = #KEYS
local score, expiry, oldest = ARGV[2 * queues + 1], ARGV[2 * queues + 2], ARGV[2 * queues + 3]
local answer = {}
for at = 1, queues do
  if redis.call('ZCOUNT', KEYS[at], '(' .. oldest, '+inf') < tonumber(ARGV[queues + at]) then
    redis.call('ZADD', KEYS[at], score, ARGV[at])
    redis.call('EXPIRE', KEYS[at], expiry)
    answer[2 * at] = 0
  else
    answer[2 * at] = 1
  end
end
for at = 1, queues do answer[2 * at - 1] = redis.call('ZREMRANGEBYSCORE', KEYS[at], 0, oldest) end
return answer
`;

/**
 * KEYS: group. ARGV: score up to which memberships have ended, prefix of the layer, head of the envelope (with its random
 * prefix), encoded key of the address, capacity, score, expiry in seconds, score up to which messages have expired.
 * Sorts the members by their queues, and adds to each queue one msgpack envelope with the list of its members.
 * Answers: memberships ended; members; then of each queue its name, how many of its messages had expired, whether it is full.
 */
export const GROUP_SEND = `
local members = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf')
local names, entries = {}, {}
for _, member in ipairs(members) do
  local cut = string.find(member, '!', 1, true)
  local name = cut and string.sub(member, 1, cut) or member
  local list = entries[name]
  if not list then
    list = {}
    entries[name] = list
    names[#names + 1] = name
  end
  local length = #member
  if length < 32 then
    list[#list + 1] = string.char(0xa0 + length)
  else
    list[#list + 1] = string.char(0xd9, length)
  end
  list[#list + 1] = member
end
local full = {}
for _, name in ipairs(names) do
  local key, list = ARGV[2] .. name, entries[name]
  if redis.call('ZCOUNT', key, '(' .. ARGV[8], '+inf') < tonumber(ARGV[5]) then
    local count = #list / 2
    local header
    if count < 16 then
      header = string.char(0x90 + count)
    elseif count < 65536 then
      header = string.char(0xdc, math.floor(count / 256), count % 256)
    else
      header = string.char(0xdd, math.floor(count / 16777216), math.floor(count / 65536) % 256, math.floor(count / 256) % 256, count % 256)
    end
    redis.call('ZADD', key, ARGV[6], ARGV[3] .. ARGV[4] .. header .. table.concat(list))
    redis.call('EXPIRE', key, ARGV[7])
  else
    full[name] = true
  end
end
local answer = {redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[1]), #members}
for _, name in ipairs(names) do
  local expired = redis.call('ZREMRANGEBYSCORE', ARGV[2] .. name, 0, ARGV[8])
  if expired > 0 or full[name] then
    answer[#answer + 1] = name
    answer[#answer + 1] = expired
    answer[#answer + 1] = full[name] and 1 or 0
  end
end
return answer
`;

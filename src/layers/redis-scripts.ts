/*
 * The two scripts of the core wire. They keep the calling convention of channels_redis, so that both sides load Redis
 * with the same commands.
 */

/** No KEYS. ARGV: queue, its in-flight key. Puts back, with its score, what a reader popped and did not hand out. */
export const RESTORE_SCRIPT = `
local entries = redis.call('ZRANGE', ARGV[2], 0, -1, 'WITHSCORES')
for at = #entries - 1, 1, -2 do
  redis.call('ZADD', ARGV[1], entries[at + 1], entries[at])
end
redis.call('DEL', ARGV[2])
`;

/**
 * KEYS: queues. ARGV: an envelope for each, a capacity for each, the score, the expiry in seconds.
 * Adds each envelope to its queue unless that is full; answers how many were.
 */
export const GROUP_SEND_SCRIPT = `
local queues = #KEYS
local score, expiry = ARGV[2 * queues + 1], ARGV[2 * queues + 2]
local full = 0
for at = 1, queues do
  if redis.call('ZCOUNT', KEYS[at], '-inf', '+inf') < tonumber(ARGV[queues + at]) then
    redis.call('ZADD', KEYS[at], score, ARGV[at])
    redis.call('EXPIRE', KEYS[at], expiry)
  else
    full = full + 1
  end
end
return full
`;

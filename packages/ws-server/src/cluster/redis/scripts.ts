/**
 * Makes or renews a claim as one step: `claim <key of the claim>`, with the claim, the one to replace or "", the milliseconds to
 * keep it, the channel of the replaced node's inbox and the notification for it. Returns the claim that exists now, or "".
 */
export const CLAIM = `
local standing = redis.call('GET', KEYS[1])
if (standing or '') == ARGV[2] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
  if ARGV[4] ~= '' then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
  return ARGV[1]
end
if standing == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return standing or ''
`;

/** Removes exactly one claim. */
export const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 'OK'
`;

/**
 * Renews the lifetime of a node, `renew <key of the node> <key of the store> <key of the owners>`, with its milliseconds, a
 * random text, and its name if it may own topics, or "". Returns the text that the first node has stored, which is another one
 * after the store was emptied.
 */
export const RENEW = `
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
redis.call('SET', KEYS[2], ARGV[2], 'NX')
if ARGV[3] ~= '' then redis.call('SADD', KEYS[3], ARGV[3]) end
return redis.call('GET', KEYS[2])
`;

/**
 * Returns the nodes that may own topics and are alive, separated by spaces: `owners <key of the owners>`, with the starts of a
 * node's lifetime key and of its inbox. Removes those that are not alive.
 */
export const OWNERS = `
local alive = {}
for _, node in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if redis.call('EXISTS', ARGV[1] .. node) == 0 then
    redis.call('SREM', KEYS[1], node)
  elseif redis.call('PUBSUB', 'NUMSUB', ARGV[2] .. node)[2] > 0 then
    alive[#alive + 1] = node
  end
end
return table.concat(alive, ' ')
`;

/**
 * Stores the settings of a node, and returns the nodes that have stored theirs and are alive, one a line, each with its name, a
 * space and its settings: `nodes <key of the nodes>`, with the node, its settings, the milliseconds to keep them, and the starts of
 * the keys of settings and lifetimes, and of inboxes. Removes those that are not alive.
 */
export const NODES = `
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('SET', ARGV[4] .. ARGV[1], ARGV[2], 'PX', ARGV[3])
local alive = {}
for _, node in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local settings = redis.call('GET', ARGV[4] .. node)
  if not settings or redis.call('EXISTS', ARGV[5] .. node) == 0 then
    redis.call('SREM', KEYS[1], node)
  elseif redis.call('PUBSUB', 'NUMSUB', ARGV[6] .. node)[2] > 0 then
    alive[#alive + 1] = node .. ' ' .. settings
  end
end
return table.concat(alive, '\\n')
`;

/**
 * One swarm, whose four keys are in one slot, as one script. A swarm is named by an info-hash in hexadecimal, or `tID`
 * where it is of a torrent of the catalog; then the swarms of its info-hashes say so (`to`), and whoever asks them is sent
 * there.
 *
 * KEYS: what is known of the swarm, its seeders and its leechers by when they were heard, and of each its flags and peer
 * id. A peer is 18 bytes, its address in IPv6 form and its port. ARGV: the operation, the time, the time before which
 * peers have been silent too long, whether any swarm may be opened, milliseconds after which one that nobody announces is
 * forgotten, and what the operation takes.
 */
export const SWARM_SCRIPT = `
local meta, seeders, leechers, infos = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local op, now, cutoff, isOpen, life = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1', ARGV[5]
local call = redis.call
local PAUSED, REGISTERED, ANNOUNCED = 1, 2, 4
-- The asker itself, and some that mean nothing to it.
local SPARE = 8

local to = call('HGET', meta, 'to')
if to and op ~= 'claim' and op ~= 'release' then return { 'moved', to } end

local function sweep()
  for _, set in ipairs({ seeders, leechers }) do
    local silent = call('ZRANGEBYSCORE', set, '-inf', '(' .. cutoff, 'LIMIT', 0, 1000)
    if #silent > 0 then
      call('ZREM', set, unpack(silent))
      call('HDEL', infos, unpack(silent))
    end
  end
end
local function flags_of(info) return info and string.byte(info) or 0 end
local function has(flags, flag) return math.floor(flags / flag) % 2 == 1 end
local function counts()
  return call('ZCOUNT', seeders, cutoff, '+inf'), call('ZCOUNT', leechers, cutoff, '+inf'),
    tonumber(call('HGET', meta, 'completed') or 0)
end
local function keep()
  for _, key in ipairs({ seeders, leechers, infos }) do call('PEXPIRE', key, life) end
  if call('HEXISTS', meta, 'on') == 0 and call('EXISTS', meta) == 1 then call('PEXPIRE', meta, life) end
end
local function sample(set, wanted, needsInfos)
  if wanted <= 0 then return '' end
  local chosen = call('ZRANDMEMBER', set, wanted + SPARE)
  if #chosen == 0 or not needsInfos then return table.concat(chosen) end
  local whole = {}
  for index, info in ipairs(call('HMGET', infos, unpack(chosen))) do
    if info then whole[#whole + 1] = chosen[index] .. info end
  end
  return table.concat(whole)
end
local function is_known()
  return call('HEXISTS', meta, 'on') == 1 or (isOpen and call('HEXISTS', meta, 'denied') == 0)
end

if op == 'announce' then
  if not is_known() then return { 'none' } end
  local peer, peerId, isSeeder, event, wanted = ARGV[6], ARGV[7], ARGV[8] == '1', ARGV[9], tonumber(ARGV[10])
  sweep()
  local info = call('HGET', infos, peer)
  if not info and ARGV[12] == '1' and event ~= 'stopped' then return { 'unknown' } end
  local flags = flags_of(info)
  local wasSeeder = call('ZSCORE', seeders, peer)
  if event == 'stopped' then
    if info and has(flags, ANNOUNCED) and string.sub(info, 2) == peerId then
      flags = flags - ANNOUNCED - (has(flags, PAUSED) and PAUSED or 0)
      if flags == 0 then
        call('HDEL', infos, peer)
        call('ZREM', seeders, peer)
        call('ZREM', leechers, peer)
      else call('HSET', infos, peer, string.char(flags) .. peerId) end
    end
    local s, l, c = counts()
    return { 'ok', s, l, c, '', '' }
  end
  local kept = has(flags, REGISTERED) and string.sub(info, 2) or peerId
  flags = ANNOUNCED + (has(flags, REGISTERED) and REGISTERED or 0) + (event == 'paused' and PAUSED or 0)
  call('HSET', infos, peer, string.char(flags) .. kept)
  call('ZADD', isSeeder and seeders or leechers, now, peer)
  call('ZREM', isSeeder and leechers or seeders, peer)
  if event == 'completed' and not wasSeeder then call('HINCRBY', meta, 'completed', 1) end
  keep()
  local s, l, c = call('ZCARD', seeders), call('ZCARD', leechers), tonumber(call('HGET', meta, 'completed') or 0)
  local isDone = isSeeder or event == 'paused'
  local needsInfos = isDone or ARGV[11] == '1'
  return { 'ok', s, l, c, isDone and '' or sample(seeders, wanted, needsInfos), sample(leechers, wanted, needsInfos) }
elseif op == 'view' then
  sweep()
  return { 'ok', 0, 0, 0, sample(seeders, tonumber(ARGV[6]), true), sample(leechers, tonumber(ARGV[6]), true) }
elseif op == 'scrape' then
  if not is_known() then return { 'none' } end
  local s, l, c = counts()
  return { 'ok', s, l, c }
elseif op == 'register' then
  local peer, peerId, isSeeder = ARGV[6], ARGV[7], ARGV[8] == '1'
  if call('HEXISTS', meta, 'on') == 0 then return { 'none' } end
  local flags = flags_of(call('HGET', infos, peer))
  if not has(flags, REGISTERED) then flags = flags + REGISTERED end
  call('HSET', infos, peer, string.char(flags) .. peerId)
  call('ZADD', isSeeder and seeders or leechers, now, peer)
  call('ZREM', isSeeder and leechers or seeders, peer)
  keep()
  return { 'ok' }
elseif op == 'unregister' then
  local info = call('HGET', infos, ARGV[6])
  local flags = flags_of(info)
  if not info or not has(flags, REGISTERED) or string.sub(info, 2) ~= ARGV[7] then return { 'ok' } end
  if has(flags, ANNOUNCED) then call('HSET', infos, ARGV[6], string.char(flags - REGISTERED) .. ARGV[7])
  else
    call('HDEL', infos, ARGV[6])
    call('ZREM', seeders, ARGV[6])
    call('ZREM', leechers, ARGV[6])
  end
  return { 'ok' }
elseif op == 'open' then
  call('HSET', meta, 'on', 1)
  call('PERSIST', meta)
  return { 'ok' }
elseif op == 'claim' then
  if to and to ~= ARGV[6] and not (ARGV[7] == '1' and call('HGET', meta, 'proven') ~= '1') then return { 'taken' } end
  local all = {}
  for place, set in ipairs({ seeders, leechers }) do
    local members = call('ZRANGE', set, 0, 9999, 'WITHSCORES')
    for index = 1, #members, 2 do
      all[#all + 1] = members[index]
      all[#all + 1] = call('HGET', infos, members[index])
      all[#all + 1] = members[index + 1]
      all[#all + 1] = tostring(place)
    end
  end
  local completed = call('HGET', meta, 'completed') or '0'
  call('DEL', meta, seeders, leechers, infos)
  call('HSET', meta, 'to', ARGV[6], 'proven', ARGV[7])
  return { 'ok', completed, all }
elseif op == 'import' then
  call('HINCRBY', meta, 'completed', ARGV[6])
  for index = 7, #ARGV, 4 do
    if call('HSETNX', infos, ARGV[index], ARGV[index + 1]) == 1 then
      call('ZADD', ARGV[index + 3] == '1' and seeders or leechers, ARGV[index + 2], ARGV[index])
    end
  end
  keep()
  return { 'ok' }
elseif op == 'close' then
  call('DEL', meta, seeders, leechers, infos)
  return { 'ok' }
elseif op == 'release' then
  if to ~= ARGV[6] then return { 'ok' } end
  call('DEL', meta)
  if isOpen and ARGV[7] == '1' then call('HSET', meta, 'denied', 1) end
  return { 'ok' }
end
return redis.error_reply('no such operation: ' .. op)
`

import { NO_MEMORY } from '../limits.js'
import { LOOKED_AT } from '../proven.js'

/**
 * The catalog and who registered, as one script: each operation is one call of it, so that it happens as a whole or not at
 * all, whichever tracker asked. All keys begin with KEYS[1], which has the tag of one slot. ARGV: the operation, its
 * arguments as JSON, and the metainfo where there is some. It does what Catalog and Members do in memory.
 *
 * Keys: `id` the last id, `keys` content key to id, `t:ID` what was shared, `m:ID` its metainfo, `s:ID` and `l:ID` who
 * seeds and leeches, `proven` peer ids by when their holders were heard, `peers` peer ids by when they were heard, `p:PEER` one of them, `in:PEER` its torrents, `listed` and
 * `wires` ids listed to simple peers and to those that speak the BitTorrent wire, `seeded` and `peopled` ids by when a
 * BitTorrent client last seeded it or was in it, `dormant` ids by since when nobody is in them, `sums` totals.
 */
export const CATALOG_SCRIPT = `
local base, op, a = KEYS[1] .. ':', ARGV[1], cjson.decode(ARGV[2])
local call = redis.call
local function k(kind, name) return base .. kind .. ':' .. name end
local sums, limits = base .. 'sums', a.limits
local moves, forgotten = {}, {}

local function total(name) return tonumber(call('HGET', sums, name) or 0) end
local function count(name, by) if by ~= 0 then call('HINCRBY', sums, name, by) end end
local function role_in(id, peer)
  if call('SISMEMBER', k('s', id), peer) == 1 then return 's' end
  if call('SISMEMBER', k('l', id), peer) == 1 then return 'l' end
  return nil
end
local function move(id, listed, peer, role) moves[#moves + 1] = { id, listed, peer, role or '' } end

local function refile(id)
  local seeders, leechers = call('SCARD', k('s', id)), call('SCARD', k('l', id))
  if seeders > 0 then call('ZADD', base .. 'listed', id, id) else call('ZREM', base .. 'listed', id) end
  if seeders > 0 or call('ZSCORE', base .. 'seeded', id) then call('ZADD', base .. 'wires', id, id)
  else call('ZREM', base .. 'wires', id) end
  if seeders + leechers > 0 or call('ZSCORE', base .. 'peopled', id) or call('EXISTS', k('t', id)) == 0 then
    call('ZREM', base .. 'dormant', id)
  else call('ZADD', base .. 'dormant', 'NX', call('HINCRBY', sums, 'turn', 1), id) end
end

local function hear()
  local known = call('HGET', k('p', a.peer), 'listed')
  if not known then return false end
  call('ZADD', base .. 'peers', a.now, a.peer)
  if known ~= a.listed then
    call('HSET', k('p', a.peer), 'listed', a.listed)
    for _, id in ipairs(call('SMEMBERS', k('in', a.peer))) do
      move(id, known, a.peer)
      move(id, a.listed, a.peer, role_in(id, a.peer))
    end
  end
  return true
end

local function lacking(id)
  if id and role_in(id, a.peer) then return nil end
  if a.onlyIfKnown and call('EXISTS', k('p', a.peer)) == 0 then return '${NO_MEMORY}' end
  if call('EXISTS', k('p', a.peer)) == 0 and call('ZCARD', base .. 'peers') >= limits.peers then
    return 'the tracker knows ' .. limits.peers .. ' peers, its limit'
  end
  if id and call('SCARD', k('s', id)) + call('SCARD', k('l', id)) >= limits.peersPerTorrent then
    return 'the torrent has ' .. limits.peersPerTorrent .. ' peers, the limit'
  end
  if call('SCARD', k('in', a.peer)) >= limits.torrentsPerPeer then
    return 'the peer is in ' .. limits.torrentsPerPeer .. ' torrents, the limit'
  end
  if total('registrations') >= limits.registrations then
    return 'the tracker holds ' .. limits.registrations .. ' registrations, its limit'
  end
  return nil
end

local function enter(id, role)
  if not hear() then
    call('HSET', k('p', a.peer), 'source', a.source, 'listed', a.listed)
    call('ZADD', base .. 'peers', a.now, a.peer)
  end
  count('registrations', call('SADD', k('in', a.peer), id))
  if role == 's' then
    call('SREM', k('l', id), a.peer)
    call('SADD', k('s', id), a.peer)
  elseif call('SISMEMBER', k('s', id), a.peer) == 0 then call('SADD', k('l', id), a.peer) end
  move(id, a.listed, a.peer, role_in(id, a.peer))
end

local function exit(id, peer)
  if call('SREM', k('in', peer), id) == 0 then return end
  call('SREM', k('s', id), peer)
  call('SREM', k('l', id), peer)
  count('registrations', -1)
  move(id, call('HGET', k('p', peer), 'listed'), peer)
  if call('SCARD', k('in', peer)) == 0 then
    call('DEL', k('p', peer))
    call('ZREM', base .. 'peers', peer)
  end
end

local function drop(peer)
  for _, id in ipairs(call('SMEMBERS', k('in', peer))) do
    exit(id, peer)
    refile(id)
  end
end

local function forget_proven()
  for _, peer in ipairs(call('ZRANGE', base .. 'proven', 0, ${LOOKED_AT - 1})) do
    if call('ZCARD', base .. 'proven') <= limits.provenIds then return end
    if call('EXISTS', k('p', peer)) == 1 then call('ZADD', base .. 'proven', a.now, peer)
    else call('ZREM', base .. 'proven', peer) end
  end
end

local function stranger()
  local isKeyed = call('ZSCORE', base .. 'proven', a.peer)
  if not a.isProven then
    if isKeyed then return 'unproven' end
    local source = call('HGET', k('p', a.peer), 'source')
    return source and source ~= a.source and 'foreign' or nil
  end
  call('ZADD', base .. 'proven', a.now, a.peer)
  if not isKeyed then
    drop(a.peer)
    forget_proven()
  elseif call('EXISTS', k('p', a.peer)) == 1 then call('HSET', k('p', a.peer), 'source', a.source) end
  return nil
end

local function measure(id, sign)
  local sizes = call('HMGET', k('t', id), 'metainfoBytes', 'files')
  count('metainfoBytes', sign * tonumber(sizes[1] or 0))
  count('files', sign * tonumber(sizes[2] or 0))
end

local function forget(id)
  forgotten[#forgotten + 1] = { id, call('HGET', k('t', id), 'content') }
  measure(id, -1)
  call('HDEL', base .. 'keys', call('HGET', k('t', id), 'key'))
  call('DEL', k('t', id), k('m', id))
  for _, set in ipairs({ 'listed', 'wires', 'seeded', 'peopled', 'dormant' }) do call('ZREM', base .. set, id) end
  count('torrents', -1)
end

local function no_room(torrents)
  if total('torrents') + torrents > limits.torrents then
    return 'the tracker holds ' .. limits.torrents .. ' torrents, its limit'
  end
  if total('metainfoBytes') + a.metainfoBytes > limits.metainfoBytes then
    return 'METAINFO: the tracker has no room left for it; it can be left out'
  end
  if total('files') + a.files > limits.files then
    return 'METAINFO: it has more files than the tracker has room for'
  end
  return nil
end

local function make_room(torrents, kept)
  while true do
    local limit = no_room(torrents)
    if not limit then return nil end
    local oldest = nil
    for _, id in ipairs(call('ZRANGE', base .. 'dormant', 0, 1)) do
      if id ~= kept and not oldest then oldest = id end
    end
    if not oldest then return limit end
    forget(oldest)
  end
end

local function put(id)
  call('HSET', k('t', id), 'key', a.key, 'content', a.content, 'name', a.name, 'proven', a.proven,
    'metainfoBytes', a.metainfoBytes, 'files', a.files)
  if a.metainfoBytes > 0 then call('SET', k('m', id), ARGV[3]) else call('DEL', k('m', id)) end
  measure(id, 1)
end

local function find()
  local id = tostring(a.id)
  local known = call('HGET', k('t', id), 'infoHash')
  if call('EXISTS', k('t', id)) == 0 or (a.infoHash and known ~= a.infoHash) then return nil end
  return id
end

local function rows_of(ids)
  local rows = {}
  for index, id in ipairs(ids) do
    local tables = {}
    for place, kind in ipairs({ 's', 'l' }) do
      local listed = {}
      for _, peer in ipairs(call('SRANDMEMBER', k(kind, id), a.most)) do
        listed[#listed + 1] = peer
        listed[#listed + 1] = call('HGET', k('p', peer), 'listed')
      end
      tables[place] = listed
    end
    local isPeopled = call('ZSCORE', base .. 'peopled', id) and 1 or 0
    rows[index] = { id, call('HGET', k('t', id), 'content'), tables[1], tables[2], isPeopled }
  end
  return rows
end

local function answer(outcome, more)
  local reply = more or {}
  reply.outcome, reply.moves, reply.forgotten = outcome, moves, forgotten
  return cjson.encode(reply)
end

if op == 'publish' then
  local why = stranger()
  if why then return answer(why) end
  local id = call('HGET', base .. 'keys', a.key)
  if not id then id = nil end
  if not a.infoHash then
    for _, other in ipairs(call('SMEMBERS', k('in', a.peer))) do
      if other ~= id and call('SISMEMBER', k('s', other), a.peer) == 1 then
        return answer('already-seeding', { id = other })
      end
    end
  end
  local limit = lacking(id)
  if limit then return answer('full', { limit = limit }) end
  local isChanged = not id or (a.proven == 1 and call('HGET', k('t', id), 'proven') ~= '1')
  if isChanged then
    limit = make_room(id and 0 or 1, id)
    if limit then return answer('full', { limit = limit }) end
    if id then measure(id, -1) else
      id = tostring(call('INCR', base .. 'id'))
      call('HSET', base .. 'keys', a.key, id)
      count('torrents', 1)
    end
    put(id)
    if a.infoHash then call('HSET', k('t', id), 'infoHash', a.infoHash) end
  end
  enter(id, 's')
  refile(id)
  return answer('published', { id = id, isChanged = isChanged })
elseif op == 'join' or op == 'leave' or op == 'touch' then
  local why = stranger()
  if why then return answer(why) end
  local isKnown = hear()
  if op == 'touch' then return answer('touched') end
  local id = find()
  if not id then return answer('unknown') end
  if op == 'leave' then
    if isKnown then exit(id, a.peer) end
    refile(id)
    return answer('left')
  end
  local limit = lacking(id)
  if limit then return answer('full', { limit = limit }) end
  enter(id, a.role)
  refile(id)
  return answer('joined')
elseif op == 'proven' then
  return answer(call('ZSCORE', base .. 'proven', a.peer) and 'proven' or 'unproven')
elseif op == 'torrent' then
  local id = find()
  return answer('rows', { rows = rows_of(id and { id } or {}) })
elseif op == 'page' then
  local list, ids = base .. a.list, {}
  if a.query == '' then ids = call('ZRANGE', list, a.offset, a.offset + a.limit)
  else
    local matching = 0
    for _, id in ipairs(call('ZRANGE', list, 0, -1)) do
      if string.find(call('HGET', k('t', id), 'name'), a.query, 1, true) then
        matching = matching + 1
        if matching > a.offset then ids[#ids + 1] = id end
        if #ids > a.limit then break end
      end
    end
  end
  local hasMore = #ids > a.limit
  if hasMore then ids[#ids] = nil end
  return answer('rows', { rows = rows_of(ids), hasMore = hasMore })
elseif op == 'remove' then
  local id = tostring(a.id)
  if call('EXISTS', k('t', id)) == 0 then return answer('unknown') end
  for _, kind in ipairs({ 's', 'l' }) do
    for _, peer in ipairs(call('SMEMBERS', k(kind, id))) do exit(id, peer) end
  end
  forget(id)
  return answer('removed')
elseif op == 'expire' then
  local dropped = {}
  for _, peer in ipairs(call('ZRANGEBYSCORE', base .. 'peers', '-inf', '(' .. a.time, 'LIMIT', 0, 1000)) do
    dropped[#dropped + 1] = { peer, call('HGET', k('p', peer), 'listed') }
    drop(peer)
  end
  for _, set in ipairs({ 'seeded', 'peopled' }) do
    for _, id in ipairs(call('ZRANGEBYSCORE', base .. set, '-inf', '(' .. a.time, 'LIMIT', 0, 1000)) do
      call('ZREM', base .. set, id)
      refile(id)
    end
  end
  return answer('expired', { dropped = dropped })
elseif op == 'announced' then
  local id = tostring(a.id)
  if call('EXISTS', k('t', id)) == 0 then return answer('unknown') end
  for set, is in pairs({ seeded = a.isSeeded, peopled = a.isPeopled }) do
    if is then call('ZADD', base .. set, a.now, id) else call('ZREM', base .. set, id) end
  end
  refile(id)
  return answer('noted')
elseif op == 'counts' then
  return answer('counts', {
    torrents = total('torrents'), listed = call('ZCARD', base .. 'wires'), peers = call('ZCARD', base .. 'peers'),
    registrations = total('registrations'), metainfoBytes = total('metainfoBytes'),
  })
end
return redis.error_reply('no such operation: ' .. op)
`

-- LURK version 1 (draft-mglt-lurk-lurk-01): header, base protocol, answers matched with requests. Payloads of designation tls12 are for
-- lurk_tls12.lua. docs/dissector.md has the fields; A-nn are the rulings in docs/rulings.md, the other ids clauses of the suite.

local lurk = Proto("lurk", "Limited Use of Remote Keys")

local HEADER = 16
local REQUEST, SUCCESS = 0, 1
local DESIGNATIONS = { [0] = "lurk", [1] = "tls12", [2] = "tls13" }
local TYPES = {
  [0] = { [0] = "capabilities", [1] = "ping" },
  [1] = { -- A-01
    [0] = "capabilities", [1] = "ping", [2] = "rsa_master", [3] = "rsa_master_with_poh", [4] = "rsa_extended_master",
    [5] = "rsa_extended_master_with_poh", [6] = "ecdhe",
  },
}
local STATUS = {
  [0] = { -- A-78
    [0] = "request", [1] = "success", [2] = "undefined_error", [3] = "invalid_format", [4] = "invalid_extension",
    [5] = "invalid_type", [6] = "invalid_status", [7] = "temporary_failure",
  },
  [1] = { -- A-02
    [0] = "request", [1] = "success", [2] = "undefined_error", [3] = "invalid_payload_format", [4] = "invalid_key_id_type",
    [5] = "invalid_key_id", [6] = "invalid_tls_random", [7] = "invalid_freshness_funct", [8] = "invalid_encrypted_premaster",
    [9] = "invalid_finished", [10] = "invalid_ec_type", [11] = "invalid_ec_curve", [12] = "invalid_poo_prf", [13] = "invalid_poo",
    [14] = "invalid_cipher_or_prf_hash",
  },
}

local f = {
  designation = ProtoField.uint8("lurk.designation", "Designation", base.DEC, DESIGNATIONS),
  version = ProtoField.uint8("lurk.version", "Version"),
  type = ProtoField.uint8("lurk.type", "Type"),
  type_name = ProtoField.string("lurk.type.name", "Name of type"),
  status = ProtoField.uint8("lurk.status", "Status"),
  status_name = ProtoField.string("lurk.status.name", "Name of status"),
  id = ProtoField.uint64("lurk.id", "Id", base.HEX),
  length = ProtoField.uint32("lurk.length", "Length"),
  payload = ProtoField.bytes("lurk.payload", "Payload"),
  state = ProtoField.bytes("lurk.state", "State"),
  rest = ProtoField.bytes("lurk.rest", "Octets that belong to no field"),
  extensions_length = ProtoField.uint16("lurk.extensions_length", "Length of extensions"),
  extension = ProtoField.bytes("lurk.extension", "Extension"),
  extension_designation = ProtoField.uint8("lurk.extension.designation", "Designation", base.DEC, DESIGNATIONS),
  extension_version = ProtoField.uint8("lurk.extension.version", "Version"),
  types_length = ProtoField.uint16("lurk.types_length", "Length of types"),
  supported_type = ProtoField.uint8("lurk.supported_type", "Supported type", base.DEC, TYPES[0]),
  response_in = ProtoField.framenum("lurk.response_in", "Answer in frame", base.NONE, frametype.RESPONSE),
  response_to = ProtoField.framenum("lurk.response_to", "Answer to the request in frame", base.NONE, frametype.REQUEST),
  time = ProtoField.relative_time("lurk.time", "Time since the request"),
}
lurk.fields = f

local function expert_info(name, group, severity, text)
  return ProtoExpert.new("lurk.expert." .. name, text, expert.group[group], expert.severity[severity])
end

local e = {
  in_clear = expert_info("in_clear", "SECURITY", "WARN", "LURK without TLS: LURK-7-06 (A-03)"),
  length_short = expert_info("length_short", "MALFORMED", "ERROR", "Length below that of the header: LURK-5.1-06 (A-83)"),
  length_limit = expert_info("length_limit", "MALFORMED", "ERROR", "Length above the limit of messages: LURK-P-03 (A-83)"),
  incomplete = expert_info("incomplete", "MALFORMED", "ERROR", "The message ends before its length: LURK-P-01"),
  extension = expert_info("extension", "PROTOCOL", "ERROR", "Unassigned designation or version: LURK-5.3-01"),
  type = expert_info("type", "PROTOCOL", "ERROR", "Unassigned type: LURK-5.3-03, TLS12-3-06"),
  status = expert_info("status", "PROTOCOL", "ERROR", "Unassigned status: LURK-8-01, TLS12-10-01"),
  error = expert_info("error", "RESPONSE_CODE", "NOTE", "Error answer: LURK-5.4-01"),
  answer_from_client = expert_info("answer_from_client", "PROTOCOL", "ERROR", "A client sends nothing but requests: LURK-5.2-01 (A-81)"),
  request_from_server = expert_info("request_from_server", "PROTOCOL", "ERROR", "A request that reaches a client: LURK-5.2-06"),
  no_request = expert_info("no_request", "SEQUENCE", "WARN", "No request waits for this answer: LURK-5.2-05"),
  mismatch = expert_info("mismatch", "PROTOCOL", "ERROR", "Not the extension and type of the request: LURK-5.2-07, LURK-5.3-13"),
  id_reused = expert_info("id_reused", "SEQUENCE", "WARN", "The id of a request that still waits: LURK-5.1-08"),
  id_predictable = expert_info("id_predictable", "SECURITY", "WARN", "The id before it plus one: LURK-5.2-02"),
  error_payload = expert_info("error_payload", "PROTOCOL", "ERROR", "An error has four octets of state or nothing: LURK-5.4-10 (A-77)"),
  empty = expert_info("empty", "PROTOCOL", "ERROR",
    "No payload is allowed here: LURK-6.1.1-01, LURK-6.2.1-01, LURK-6.2.2-01, TLS12-7.1-01, TLS12-8.1-01, TLS12-8.2-01"),
  extensions = expert_info("extensions", "PROTOCOL", "ERROR", "Not a list of pairs: LURK-6.1.2-02 (A-76)"),
  cut = expert_info("cut", "MALFORMED", "ERROR", "The payload ends inside a field: A-83"),
  trailing = expert_info("trailing", "MALFORMED", "ERROR", "Octets after the last field: TLS12-4.1-11 (A-83)"),
}
lurk.experts = e

lurk.prefs.header_counted = Pref.bool("Length counts the header", true, "As the draft says (A-04); off for peers whose length is that of the payload")
lurk.prefs.limit = Pref.uint("Longest message in octets", 65536, "What claims to be longer is not reassembled")
lurk.prefs.tls_ports = Pref.range("TLS ports", "", "Ports of LURK over TLS; there is none by default", 65535)
lurk.prefs.tcp_ports = Pref.range("TCP ports", "", "Ports of LURK in clear, for laboratories", 65535)
lurk.prefs.clear_is_fault = Pref.bool("Report LURK in clear", true, "Warn of messages that are not inside TLS")

local stream_of, inside_tls = Field.new("tcp.stream"), Field.new("tls")

-- What the first pass over a capture finds out: `streams` by connection, `found` by frame, id and direction.
local streams, found = {}, {}

local function stream_at(pinfo)
  local info = stream_of()
  local name = info and tostring(info.value) or tostring(pinfo.src) .. tostring(pinfo.dst)
  streams[name] = streams[name] or { client = pinfo.src_port, waiting = {} } -- servers never speak first
  return streams[name]
end

local function note_request(stream, key, header, pinfo)
  local previous = stream.waiting[header.id_text]
  if found[key] then -- the same id twice in one frame
    found[key].reused = true
    return
  end
  local record = { frame = pinfo.number, time = pinfo.rel_ts, header = header, reused = previous ~= nil }
  record.predictable = stream.last_id ~= nil and header.id == stream.last_id + 1
  record.from_server = pinfo.src_port ~= stream.client
  stream.last_id = header.id
  stream.waiting[header.id_text], found[key] = record, record
end

local function note_answer(stream, key, header, pinfo)
  if found[key] then return end
  local request = stream.waiting[header.id_text]
  stream.waiting[header.id_text] = nil
  found[key] = { request = request, time = pinfo.rel_ts, from_client = pinfo.src_port == stream.client }
  if request then request.answer = pinfo.number end
end

local function key_of(header, pinfo)
  return pinfo.number .. "/" .. header.id_text .. "/" .. (header.status == REQUEST and "request" or "answer")
end

local function seconds(time)
  local whole = math.floor(time)
  return NSTime.new(whole, math.floor((time - whole) * 1e9 + 0.5))
end

local function show_request(record, tree)
  if record.reused then tree:add_proto_expert_info(e.id_reused) end
  if record.predictable then tree:add_proto_expert_info(e.id_predictable) end
  if record.from_server then tree:add_proto_expert_info(e.request_from_server) end
  if record.answer then tree:add(f.response_in, record.answer):set_generated() end
end

-- A success repeats extension and type of its request; an error does too or is of designation lurk (A-05, LURK-5.2-12).
local function matches(header, asked)
  local same = header.designation == asked.designation and header.version == asked.version
  return header.type == asked.type and (same or (header.status ~= SUCCESS and header.designation == 0))
end

local function show_answer(record, header, tree)
  if record.from_client then tree:add_proto_expert_info(e.answer_from_client) end
  local request = record.request
  if not request then
    tree:add_proto_expert_info(e.no_request)
    return
  end
  tree:add(f.response_to, request.frame):set_generated()
  tree:add(f.time, seconds(record.time - request.time)):set_generated()
  if not matches(header, request.header) then tree:add_proto_expert_info(e.mismatch) end
end

local function match(stream, header, pinfo, tree)
  local key = key_of(header, pinfo)
  local is_request = header.status == REQUEST
  if not pinfo.visited then
    (is_request and note_request or note_answer)(stream, key, header, pinfo)
  end
  local record = found[key]
  if not record then return nil end
  if is_request then
    show_request(record, tree)
    return key
  end
  show_answer(record, header, tree)
  return record.request and key_of(record.request.header, { number = record.request.frame })
end

local function named(tree, field, field_name, range, name)
  local number = range:uint()
  local item = tree:add(field, range)
  if name then
    item:append_text(" (" .. name .. ")")
    tree:add(field_name, name):set_generated()
  end
  return number, item
end

local function dissect_header(tvb, tree)
  local header = { designation = tvb(0, 1):uint(), version = tvb(1, 1):uint(), id = tvb(4, 8):uint64(), id_text = tostring(tvb(4, 8):bytes()) }
  local extension = tree:add(f.designation, tvb(0, 1))
  local version = tree:add(f.version, tvb(1, 1))
  header.known = DESIGNATIONS[header.designation] ~= nil and header.version == 1
  if not header.known then (DESIGNATIONS[header.designation] and version or extension):add_proto_expert_info(e.extension) end
  local types, status = TYPES[header.designation], STATUS[header.designation]
  header.type_name = types and types[tvb(2, 1):uint()]
  header.status_name = (status or STATUS[0])[tvb(3, 1):uint()]
  local item
  header.type, item = named(tree, f.type, f.type_name, tvb(2, 1), header.type_name)
  local type_item = item
  header.status, item = named(tree, f.status, f.status_name, tvb(3, 1), header.status_name)
  if status and not header.status_name then item:add_proto_expert_info(e.status) end
  if header.status > SUCCESS then
    item:add_proto_expert_info(e.error) -- and repeats the type, whatever it was
  elseif types and not header.type_name then
    type_item:add_proto_expert_info(e.type)
  end
  tree:add(f.id, tvb(4, 8))
  header.length_item = tree:add(f.length, tvb(12, 4))
  return header
end

local function describe(header)
  local designation = DESIGNATIONS[header.designation] or ("designation " .. header.designation)
  local name = header.type_name or ("type " .. header.type)
  return designation .. " " .. name .. " " .. (header.status_name or ("status " .. header.status))
end

-- The base protocol's capabilities; the answer is how many octets have a field, and whether something was cut.
local function dissect_capabilities(tvb, tree)
  if tvb:len() < 2 then return 0, true end
  tree:add(f.extensions_length, tvb(0, 2))
  local at, last = 2, 2 + tvb(0, 2):uint()
  if last == 2 or last % 2 == 1 then tree:add_proto_expert_info(e.extensions) end
  if last > tvb:len() then return 2, true end
  while at + 2 <= last do
    local item = tree:add(f.extension, tvb(at, 2))
    item:add(f.extension_designation, tvb(at, 1))
    item:add(f.extension_version, tvb(at + 1, 1))
    at = at + 2
  end
  if at < last then return at, true end
  if tvb:len() - at ~= 4 then -- peers may leave the types out (A-76)
    if tvb:len() - at < 2 then return at, true end
    tree:add(f.types_length, tvb(at, 2))
    at, last = at + 2, at + 2 + tvb(at, 2):uint()
    if last > tvb:len() then return at, true end
    for i = at, last - 1 do tree:add(f.supported_type, tvb(i, 1)) end
    at = last
  end
  if tvb:len() - at < 4 then return at, true end
  tree:add(f.state, tvb(at, 4))
  return at + 4, false
end

local function dissect_error(tvb, tree)
  if tvb:len() ~= 4 then
    tree:add_proto_expert_info(e.error_payload)
    return 0
  end
  tree:add(f.state, tvb(0, 4))
  return 4
end

local function dissect_base(header, tvb, tree)
  if header.type_name == "capabilities" and header.status == SUCCESS then return dissect_capabilities(tvb, tree) end
  if tvb:len() > 0 then tree:add_proto_expert_info(e.empty) end
  return 0
end

local function dissect_tls12(header, request, tvb, pinfo, tree)
  if header.type <= 1 and not (header.type == 0 and header.status == SUCCESS) then return dissect_base(header, tvb, tree) end
  local extension = Dissector.get("lurk_tls12")
  pinfo.private.lurk_type, pinfo.private.lurk_status = tostring(header.type), tostring(header.status)
  pinfo.private.lurk_request, pinfo.private.lurk_taken, pinfo.private.lurk_cut = request or "", "0", ""
  extension:call(tvb, pinfo, tree)
  return tonumber(pinfo.private.lurk_taken), pinfo.private.lurk_cut ~= ""
end

local function dissect_payload(header, request, tvb, pinfo, tree)
  if tvb:len() == 0 and (header.status > SUCCESS or header.type <= 1) and not (header.type == 0 and header.status == SUCCESS) then
    return
  end
  local item = tvb:len() > 0 and tree:add(f.payload, tvb()) or tree
  local taken, was_cut = 0, false
  if header.status > SUCCESS then
    taken = dissect_error(tvb, item)
  elseif header.known and header.designation == 0 and header.type_name then
    taken, was_cut = dissect_base(header, tvb, item)
  elseif header.known and header.designation == 1 and header.type_name then
    taken, was_cut = dissect_tls12(header, request, tvb, pinfo, item)
  else
    return
  end
  local rest = taken < tvb:len() and item:add(f.rest, tvb(taken)) or item
  if was_cut then
    rest:add_proto_expert_info(e.cut)
  elseif taken < tvb:len() and taken > 0 then
    rest:add_proto_expert_info(e.trailing)
  end
end

-- One message, or what there is of it.
local function dissect_message(tvb, pinfo, tree, length)
  local item = tree:add(lurk, tvb())
  if tvb:len() < HEADER then
    item:add(f.rest, tvb()):add_proto_expert_info(e.incomplete)
    return "cut header"
  end
  local header, stream = dissect_header(tvb, item), stream_at(pinfo)
  item:append_text(": " .. describe(header))
  if lurk.prefs.clear_is_fault and not inside_tls() then item:add_proto_expert_info(e.in_clear) end
  local bad = (length < HEADER and e.length_short) or (length > lurk.prefs.limit and e.length_limit)
    or (length > tvb:len() and e.incomplete)
  if bad then
    header.length_item:add_proto_expert_info(bad)
    if tvb:len() > HEADER then item:add(f.rest, tvb(HEADER)) end
    return describe(header)
  end
  local request = match(stream, header, pinfo, item)
  local payload = length > HEADER and tvb(HEADER):tvb() or ByteArray.new():tvb("No payload")
  dissect_payload(header, request, payload, pinfo, item)
  return describe(header)
end

-- Length of the message at `at` with its header.
local function length_at(tvb, at)
  return tvb(at + 12, 4):uint() + (lurk.prefs.header_counted and 0 or HEADER)
end

-- How many octets are missing from the message at `at`: 0 when it is whole, or will never be.
local function missing(tvb, at)
  local left = tvb:len() - at
  if left < HEADER then return DESEGMENT_ONE_MORE_SEGMENT end
  local length = length_at(tvb, at)
  if length < HEADER or length > lurk.prefs.limit then return 0 end
  return math.max(0, length - left)
end

function lurk.dissector(tvb, pinfo, tree)
  local at, seen = 0, {}
  pinfo.cols.protocol = "LURK"
  while at < tvb:len() do
    local more, left = missing(tvb, at), tvb:len() - at
    if more > 0 and pinfo.can_desegment > 0 then
      pinfo.desegment_offset, pinfo.desegment_len = at, more
      break
    end
    local length = left < HEADER and left or length_at(tvb, at)
    -- After a bad length nobody knows where the next message begins.
    local take = (length < HEADER or length > left) and left or length
    seen[#seen + 1] = dissect_message(tvb(at, take):tvb(), pinfo, tree, length)
    at = at + take
  end
  if #seen > 0 then pinfo.cols.info = table.concat(seen, "; ") end
  return tvb:len()
end

local ports = { tls = "", tcp = "" }

local function listen(kind, range)
  local registered = DissectorTable.get(kind .. ".port")
  if ports[kind] ~= "" then registered:remove(ports[kind], lurk) end
  if range ~= "" then registered:add(range, lurk) end
  ports[kind] = range
end

function lurk.prefs_changed()
  listen("tls", lurk.prefs.tls_ports)
  listen("tcp", lurk.prefs.tcp_ports)
end

function lurk.init()
  streams, found = {}, {}
end

DissectorTable.get("tls.alpn"):add("lurk", lurk)
DissectorTable.get("tls.port"):add_for_decode_as(lurk)
DissectorTable.get("tcp.port"):add_for_decode_as(lurk)

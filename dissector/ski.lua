-- TLS Session Key Interface (draft-cairns-tls-session-key-interface-01) in HTTP bodies, JSON and CBOR. The bodies go to Wireshark's own
-- dissectors first; those of the SKI path get a tree with named fields after it. Needs ecdh_params.lua. docs/dissector.md has the fields;
-- A-nn are the rulings in docs/rulings.md, the other ids clauses of the suite.

local ski = Proto("ski", "TLS Session Key Interface")

local function text(name, label) return ProtoField.string("ski." .. name, label) end
local function octets(name, label) return ProtoField.bytes("ski." .. name, label) end

local f = {
  protocol = text("protocol", "Protocol"),
  spki = octets("spki", "SPKI fingerprint"),
  certificate_sha1 = text("certificate_sha1", "SHA-1 of certificate, as the keyserver dialect has it"),
  method = text("method", "Method"),
  hash = text("hash", "Hash"),
  scheme = ProtoField.uint16("ski.scheme", "Signature scheme", base.HEX),
  input = octets("input", "Input"),
  client_random = octets("client_random", "Client random"),
  server_random = octets("server_random", "Server random"),
  params = octets("ecdhe_params", "ServerECDHParams"),
  padding = octets("certificate_verify.padding", "Padding"),
  context_string = text("certificate_verify.context", "Context string"),
  separator = octets("certificate_verify.separator", "Separator"),
  transcript_hash = octets("certificate_verify.transcript_hash", "Transcript hash"),
  output = octets("output", "Output"),
  premaster_version = ProtoField.uint16("ski.premaster.version", "Version", base.HEX),
  premaster_random = octets("premaster.random", "Random"),
  error = text("error", "Error"),
  protocols = text("capability.protocol", "Protocol"),
  methods = text("capability.method", "Method"),
  hashes = text("capability.hash", "Hash"),
  schemes = ProtoField.uint16("ski.capability.scheme", "Signature scheme", base.HEX),
  formats = text("capability.format", "Format"),
  keys = octets("capability.key", "SPKI fingerprint"),
  state = octets("capability.state", "State"),
  unknown = text("unknown_member", "Member that is not dissected"),
  rest = octets("rest", "Octets that belong to no field"),
  response_in = ProtoField.framenum("ski.response_in", "Answer in frame", base.NONE, frametype.RESPONSE),
  response_to = ProtoField.framenum("ski.response_to", "Answer to the request in frame", base.NONE, frametype.REQUEST),
  time = ProtoField.relative_time("ski.time", "Time since the request"),
}
ski.fields = f

local function expert_info(name, severity, message, group)
  return ProtoExpert.new("ski.expert." .. name, message, expert.group[group or "PROTOCOL"], expert.severity[severity])
end

local e = {
  in_clear = expert_info("in_clear", "WARN", "SKI without TLS: SKI-5.2-04", "SECURITY"),
  malformed = expert_info("malformed", "ERROR", "Not one object of JSON or CBOR: SKI-5.2-06", "MALFORMED"),
  duplicate = expert_info("duplicate", "ERROR", "A member twice: SKI-P-07 (A-66)"),
  kind = expert_info("kind", "ERROR", "Not the kind of value that this member has: SKI-P-07, SKI-5.2-08"),
  base64 = expert_info("base64", "ERROR", "Not canonical base64: SKI-5.2-07"),
  encoding = expert_info("encoding", "ERROR", "Not the deterministic encoding of CBOR: SKI-5.2-06 (A-66)"),
  missing = expert_info("missing", "ERROR", "protocol, spki and input are required: SKI-5.2-09, SKI-5.2-11, SKI-5.2-17"),
  protocol = expert_info("protocol", "ERROR", "No such protocol: SKI-5.2-10 (A-93)"),
  legacy = expert_info("legacy", "WARN", "A protocol that is denied: SKI-5.1-01 (A-68)"),
  spki = expert_info("spki", "ERROR", "A fingerprint has 32 octets: SKI-5.2-12 (A-69)"),
  dialect = expert_info("dialect", "NOTE", "The name of a key in the keyserver dialect: SKI-P-14 (A-69)"),
  method = expert_info("method", "ERROR", "No such method: SKI-5.2-13 (A-86)"),
  hash = expert_info("hash", "ERROR", "No such hash: SKI-5.2-16 (A-68)"),
  weak_hash = expert_info("weak_hash", "WARN", "SHA-224, or by default SHA-1, is not signed with: SKI-5.2-15, SKI-P-12 (A-68)"),
  scheme = expert_info("scheme", "ERROR", "TLS 1.3 wants a scheme, and a scheme no hash: SKI-P-16 (A-91)"),
  oracle_input = expert_info("oracle_input", "WARN", "Input to be signed that is not made of two randoms and ServerECDHParams: SKI-5.1.2-03, SKI-6-02 (A-70)",
    "SECURITY"),
  certificate_verify = expert_info("certificate_verify", "WARN", "Input to be signed that is no CertificateVerify content of a server: SKI-P-16", "SECURITY"),
  ciphertext = expert_info("ciphertext", "ERROR", "Not the length of an RSA modulus: SKI-5.1.1-02 (A-64)"),
  short_premaster = expert_info("short_premaster", "ERROR", "A premaster secret has 48 octets: SKI-5.1.1-04, SKI-P-10 (A-64)", "SECURITY"),
  premaster_version = expert_info("premaster_version", "ERROR", "Not the version of the protocol: SKI-5.1.1-03, SKI-P-10 (A-85)", "SECURITY"),
  rsa_oracle = expert_info("rsa_oracle", "WARN", "An error after a ciphertext of good length may tell of its padding: SKI-REQ-6, SKI-P-09 (A-64)", "SECURITY"),
  error = expert_info("error", "NOTE", "Error answer: SKI-5.2-23", "RESPONSE_CODE"),
  error_name = expert_info("error_name", "ERROR", "No such error: SKI-5.2-23"),
  unknown_spki = expert_info("unknown_spki", "WARN", "No key for this fingerprint, or that of another edge: SKI-5.2.1-03 (A-89)"),
  both = expert_info("both", "ERROR", "error together with output: SKI-5.2-24"),
  neither = expert_info("neither", "ERROR", "Neither output nor error: SKI-5.2-20"),
  status = expert_info("status", "NOTE", "Another HTTP status than the one for this object: SKI-P-01 (A-67)", "RESPONSE_CODE"),
  format = expert_info("format", "WARN", "Not the format of the request: SKI-P-04"),
}
ski.experts = e

ski.prefs.path = Pref.string("Path of requests", "/ski", "What a Request-URI ends with, without query")
ski.prefs.capabilities_path = Pref.string("Path of capabilities", "/capabilities", "The same for capabilities")

-- Values have a `kind`, where they stand (`at`, `size`), and `value`; those of arrays and objects are lists, of objects with `name`s.
-- A parser raises FAULT with an error, anything else it raises is a mistake in here.
local FAULT, DEPTH = {}, 16

local function fail() error(FAULT, 0) end

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }
local json = {}

local function blank(body, at)
  return (body:find("[^ \t\r\n]", at)) or #body + 1
end

function json.string(body, at)
  local first, parts = at + 1, {}
  at = first
  while true do
    local stop = body:find('["\\%c]', at) or fail()
    parts[#parts + 1] = body:sub(at, stop - 1)
    local char = body:sub(stop, stop)
    if char == '"' then return { kind = "text", value = table.concat(parts), at = first, size = stop - first }, stop + 1 end
    if char ~= "\\" then fail() end
    local code = body:match("^u(%x%x%x%x)", stop + 1)
    local plain = ESCAPES[body:sub(stop + 1, stop + 1)] or (code and string.char(math.min(255, tonumber(code, 16))))
    parts[#parts + 1] = plain or fail()
    at = stop + (code and 6 or 2)
  end
end

function json.list(body, at, depth, close, element)
  local list, start = {}, at
  at = blank(body, at + 1)
  if body:sub(at, at) == close then return list, start, at + 1 end
  while true do
    list[#list + 1], at = element(body, at, depth + 1)
    at = blank(body, at)
    local char = body:sub(at, at)
    if char == close then return list, start, at + 1 end
    if char ~= "," then fail() end
    at = blank(body, at + 1)
  end
end

function json.member(body, at, depth)
  if body:sub(at, at) ~= '"' then fail() end
  local name, colon = json.string(body, at)
  colon = blank(body, colon)
  if body:sub(colon, colon) ~= ":" then fail() end
  local value, after = json.value(body, blank(body, colon + 1), depth)
  value.name = name
  return value, after
end

function json.value(body, at, depth)
  if depth > DEPTH then fail() end
  local char = body:sub(at, at)
  if char == '"' then return json.string(body, at) end
  if char == "{" or char == "[" then
    local close, element = char == "{" and "}" or "]", char == "{" and json.member or json.value
    local list, start, after = json.list(body, at, depth, close, element)
    return { kind = char == "{" and "object" or "array", value = list, at = start, size = after - start }, after
  end
  local word = body:match("^-?%d[%d.eE+-]*", at) or body:match("^%l+", at) or fail()
  local number = tonumber(word)
  if not number and word ~= "true" and word ~= "false" and word ~= "null" then fail() end
  local whole = number and word:find("^%d+$")
  return { kind = whole and "number" or "other", value = number, at = at, size = #word }, at + #word
end

function json.parse(body)
  local value, after = json.value(body, blank(body, 1), 0)
  if blank(body, after) <= #body then fail() end
  return value, false
end

local ALPHABET = {}
for i, char in ipairs({ ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"):byte(1, -1) }) do ALPHABET[char] = i - 1 end

-- Octets of canonical, padded base64; nil for anything else.
local function unbase64(coded)
  local body, padding = coded:match("^([%w+/]*)(=?=?)$")
  if not body or #coded % 4 ~= 0 then return nil end
  local out = {}
  for at = 1, #body, 4 do
    local bits, count = 0, 0
    for _, char in ipairs({ body:byte(at, at + 3) }) do bits, count = bits * 64 + ALPHABET[char], count + 1 end
    if count == 1 then return nil end
    bits = bits * 64 ^ (4 - count)
    if bits % 256 ^ (4 - count) ~= 0 then return nil end
    for i = 2, count do
      out[#out + 1] = string.char(math.floor(bits / 256 ^ (4 - i)) % 256)
    end
  end
  return #padding == (4 - #body % 4) % 4 and table.concat(out) or nil
end

-- CBOR (RFC 8949). `loose` is set by what a deterministic encoder never writes.
local cbor = {}

local function unsigned(body, at, count)
  if at + count - 1 > #body then fail() end
  local number = 0.0 -- no integer, which would overflow in Lua 5.3 and newer
  for i = at, at + count - 1 do number = number * 256 + body:byte(i) end
  return number
end

function cbor.head(body, at, found)
  local first = body:byte(at) or fail()
  local major, info = math.floor(first / 32), first % 32
  if info < 24 then return major, info, at + 1 end
  if info > 27 then fail() end -- reserved, and indefinite lengths, which nothing of SKI has
  local count = 2 ^ (info - 24)
  local number = unsigned(body, at + 1, count)
  local least = info == 24 and 24 or 256 ^ (count / 2)
  if number < least and major ~= 7 then found.loose = true end
  return major, number, at + 1 + count
end

function cbor.list(body, at, count, depth, found, element)
  local list = {}
  if count > #body - at + 1 then fail() end
  for i = 1, count do list[i], at = element(body, at, depth + 1, found) end
  return list, at
end

function cbor.member(body, at, depth, found)
  local name
  name, at = cbor.value(body, at, depth, found)
  if name.kind ~= "text" then fail() end
  local value, after = cbor.value(body, at, depth, found)
  value.name = name
  return value, after
end

function cbor.value(body, at, depth, found)
  if depth > DEPTH then fail() end
  local major, number, after = cbor.head(body, at, found)
  if major == 2 or major == 3 then
    if number > #body - after + 1 then fail() end
    return { kind = major == 2 and "octets" or "text", value = body:sub(after, after + number - 1), at = after, size = number }, after + number
  end
  local kinds = { [0] = "number", [4] = "array", [5] = "object" }
  local made = { kind = kinds[major] or "other", value = number, at = at }
  if major == 4 or major == 5 then
    made.value, after = cbor.list(body, after, number, depth, found, major == 4 and cbor.value or cbor.member)
  elseif major == 6 then
    found.loose = true
    local _
    _, after = cbor.value(body, after, depth + 1, found)
  end
  made.size = after - at
  return made, after
end

-- Keys in bytewise order of their encodings: shorter text first.
local function in_order(members)
  for i = 2, #members do
    local a, b = members[i - 1].name.value, members[i].name.value
    if #a > #b or (#a == #b and a > b) then return false end
  end
  return true
end

function cbor.parse(body)
  local found = {}
  local value, after = cbor.value(body, 1, 0, found)
  if after <= #body then fail() end
  return value, found.loose or (value.kind == "object" and not in_order(value.value)) or false
end

local PARSERS = { json = json.parse, cbor = cbor.parse }

-- The object in a body and whether its encoding is loose; nil when there is none.
local function parse(format, body)
  local whole, value, loose = pcall(PARSERS[format], body)
  if not whole and value ~= FAULT then error(value, 0) end
  if not whole or value.kind ~= "object" then return nil end
  return value.value, loose
end

-- How a message is shown: a `view` has the tvb of the body, the tree, the format, and after its members `seen`, by name.
local function where(view, value) return view.tvb(value.at - 1, value.size) end

local function unknown(view, member, info)
  local name = member.name
  local item = name.size > 0 and view.tree:add(f.unknown, where(view, name), name.value) or view.tree
  if info then item:add_proto_expert_info(info) end
end

local function show_text(field)
  return function(view, value, member)
    if value.kind ~= "text" then return unknown(view, member, e.kind) end
    local item = value.size > 0 and view.tree:add(field, where(view, value), value.value) or view.tree
    return value.value, item
  end
end

local function show_number(field)
  return function(view, value, member)
    if value.kind ~= "number" or value.value > 65535 then return unknown(view, member, e.kind) end
    return value.value, view.tree:add(field, where(view, value), value.value)
  end
end

-- Octets are base64 in JSON: what they are is shown in a tvb of their own.
local function show_octets(field)
  return function(view, value, member)
    if value.kind ~= (view.format == "json" and "text" or "octets") then return unknown(view, member, e.kind) end
    local decoded = view.format == "json" and unbase64(value.value) or (view.format == "cbor" and value.value)
    if not decoded then return unknown(view, member, e.base64) end
    if #decoded == 0 then return decoded, view.tree end
    local tvb = view.format == "cbor" and where(view, value):tvb() or ByteArray.new(decoded, true):tvb("Decoded " .. member.name.value)
    return decoded, view.tree:add(field, tvb()), tvb
  end
end

local function show_list(show)
  return function(view, value, member)
    if value.kind ~= "array" then return unknown(view, member, e.kind) end
    for _, element in ipairs(value.value) do show(view, element, member) end
    return value.value, view.tree
  end
end

local function show_spki(view, value, member)
  if view.format == "json" and value.kind == "text" and #value.value == 40 and value.value:find("^%x+$") then
    local item = view.tree:add(f.certificate_sha1, where(view, value), value.value)
    item:add_proto_expert_info(e.dialect)
    return value.value, item
  end
  local decoded, item, tvb = show_octets(f.spki)(view, value, member)
  if decoded and #decoded ~= 32 then item:add_proto_expert_info(e.spki) end
  return decoded, item, tvb
end

local REQUEST = {
  protocol = show_text(f.protocol), spki = show_spki, method = show_text(f.method), hash = show_text(f.hash),
  scheme = show_number(f.scheme), input = show_octets(f.input),
}
local ANSWER = { output = show_octets(f.output), error = show_text(f.error) }
local CAPABILITIES = {
  protocols = show_list(show_text(f.protocols)), methods = show_list(show_text(f.methods)), hashes = show_list(show_text(f.hashes)),
  schemes = show_list(show_number(f.schemes)), formats = show_list(show_text(f.formats)), keys = show_list(show_octets(f.keys)),
  state = show_octets(f.state), error = show_text(f.error),
}

local function show_members(view, members, known)
  local twice = {}
  view.seen = {}
  for _, member in ipairs(members) do
    local name = member.name.value
    if twice[name] then view.tree:add_proto_expert_info(e.duplicate) end
    twice[name] = true
    if known[name] then
      local value, item, tvb = known[name](view, member, member)
      if value then view.seen[name] = { value = value, item = item, tvb = tvb } end
    else
      unknown(view, member)
    end
  end
end

local PROTOCOLS = { ["TLS 1.2"] = 0x0303, ["DTLS 1.2"] = 0xfefd, ["TLS 1.3"] = 0x0304 }
local LEGACY = { ["TLS 1.0"] = true, ["TLS 1.1"] = true, ["DTLS 1.0"] = true }
local HASHES = { ["SHA-224"] = true, ["SHA-256"] = true, ["SHA-384"] = true, ["SHA-512"] = true }
local CERTIFICATE_VERIFY = "TLS 1.3, server CertificateVerify"

-- ClientRandom, ServerRandom, ServerECDHParams and nothing else (A-70).
local function dissect_ecdhe_input(input, pinfo)
  local tvb, item = input.tvb, input.item
  if not tvb or tvb:len() <= 64 then
    item:add_proto_expert_info(e.oracle_input)
    if tvb then item:add(f.rest, tvb()) end
    return
  end
  item:add(f.client_random, tvb(0, 32))
  item:add(f.server_random, tvb(32, 32))
  local params = item:add(f.params, tvb(64))
  local used = 64 + Dissector.get("ecdh_params"):call(tvb(64):tvb(), pinfo, params)
  if used < tvb:len() then
    params:set_len(used - 64)
    item:add(f.rest, tvb(used))
  end
  if used < tvb:len() or pinfo.private.ec_curve == "" then item:add_proto_expert_info(e.oracle_input) end
end

local function dissect_certificate_verify(input)
  local tvb, item = input.tvb, input.item
  local size = tvb and tvb:len() - 98 or 0
  local good = (size == 32 or size == 48) and tvb:raw(0, 98) == (" "):rep(64) .. CERTIFICATE_VERIFY .. "\0"
  if not good then
    item:add_proto_expert_info(e.certificate_verify)
    if tvb then item:add(f.rest, tvb()) end
    return
  end
  item:add(f.padding, tvb(0, 64))
  item:add(f.context_string, tvb(64, 33))
  item:add(f.separator, tvb(97, 1))
  item:add(f.transcript_hash, tvb(98))
end

local function check_algorithms(seen, tree)
  local tls13 = seen.protocol and seen.protocol.value == "TLS 1.3"
  if tls13 and not seen.scheme or seen.scheme and seen.hash then tree:add_proto_expert_info(e.scheme) end
  local hash = seen.hash and seen.hash.value
  if hash and not HASHES[hash] then
    seen.hash.item:add_proto_expert_info(e.hash)
  elseif hash == "SHA-224" or not (hash or seen.scheme or tls13) then
    (hash and seen.hash.item or tree):add_proto_expert_info(e.weak_hash)
  end
end

local function dissect_request(view, members, pinfo)
  show_members(view, members, REQUEST)
  local seen, tree = view.seen, view.tree
  if not (seen.protocol and seen.spki and seen.input) then tree:add_proto_expert_info(e.missing) end
  local protocol = seen.protocol and seen.protocol.value
  if protocol and LEGACY[protocol] then
    seen.protocol.item:add_proto_expert_info(e.legacy)
  elseif protocol and not PROTOCOLS[protocol] then
    seen.protocol.item:add_proto_expert_info(e.protocol)
  end
  local method = seen.method and seen.method.value or "ECDHE"
  if method == "RSA" then
    local size = seen.input and #seen.input.value or 128
    if size < 128 or size % 8 ~= 0 then seen.input.item:add_proto_expert_info(e.ciphertext) end
    return { method = method, protocol = protocol, good_size = size >= 128 and size % 8 == 0 }
  end
  if method ~= "ECDHE" then
    seen.method.item:add_proto_expert_info(e.method)
    return { method = method, protocol = protocol }
  end
  check_algorithms(seen, tree)
  if seen.input and protocol == "TLS 1.3" then
    dissect_certificate_verify(seen.input)
  elseif seen.input then
    dissect_ecdhe_input(seen.input, pinfo)
  end
  return { method = method, protocol = protocol }
end

local function dissect_premaster(output, asked)
  if #output.value ~= 48 then
    output.item:add_proto_expert_info(e.short_premaster)
    return
  end
  local version = output.item:add(f.premaster_version, output.tvb(0, 2))
  output.item:add(f.premaster_random, output.tvb(2))
  if output.tvb(0, 2):uint() ~= (PROTOCOLS[asked.protocol] or 0x0303) then version:add_proto_expert_info(e.premaster_version) end
end

local STATUS = { ["malformed request"] = 400, ["request denied"] = 403, ["spki not found"] = 404, ["unspecified error"] = 500 }

local function check_error(seen, asked, status)
  local item, name = seen.error.item, seen.error.value
  item:add_proto_expert_info(e.error)
  if not STATUS[name] then
    item:add_proto_expert_info(e.error_name)
  elseif status and status ~= STATUS[name] then
    item:add_proto_expert_info(e.status)
  end
  if name == "spki not found" then item:add_proto_expert_info(e.unknown_spki) end
  local told = name == "malformed request" or name == "unspecified error"
  if told and asked and asked.good_size then item:add_proto_expert_info(e.rsa_oracle) end
end

local function dissect_answer(view, members, asked, status)
  show_members(view, members, ANSWER)
  local seen, tree = view.seen, view.tree
  if seen.error and seen.output then tree:add_proto_expert_info(e.both) end
  if not seen.error and not seen.output then tree:add_proto_expert_info(e.neither) end
  if seen.error then check_error(seen, asked, status) end
  if not seen.output then return end
  if not seen.error and status and (status < 200 or status > 299) then seen.output.item:add_proto_expert_info(e.status) end
  if asked and asked.method == "RSA" then dissect_premaster(seen.output, asked) end
end

local media_types = DissectorTable.get("media_type")
local FORMATS = { ["application/json"] = "json", ["application/cbor"] = "cbor" }
local fields = {
  stream = Field.new("tcp.stream"), tls = Field.new("tls"), uri = Field.new("http.request.uri"), answer_uri = Field.new("http.response_for.uri"),
  code = Field.new("http.response.code"), request_in = Field.new("http.request_in"),
}

-- The value of a field's last occurrence so far: that of the HTTP message whose body this is.
local function last(extract)
  local all = { extract() }
  return all[#all] and all[#all].value
end

local function ends_with(uri, path)
  local bare = uri:gsub("[?#].*$", "")
  return path ~= "" and bare:sub(-#path) == path
end

-- By frame.
local requests = {}

local function link_answer(view, pinfo)
  local frame = last(fields.request_in)
  local request = frame and requests[tonumber(tostring(frame))]
  if not request then return nil end
  if not pinfo.visited then request.answer = pinfo.number end
  view.tree:add(f.response_to, request.frame):set_generated()
  local time = pinfo.rel_ts - request.time
  view.tree:add(f.time, NSTime.new(math.floor(time), math.floor((time % 1) * 1e9 + 0.5))):set_generated()
  if request.format ~= view.format then view.tree:add_proto_expert_info(e.format) end
  return request.asked
end

local function link_request(view, pinfo)
  requests[pinfo.number] = requests[pinfo.number] or { frame = pinfo.number, time = pinfo.rel_ts, format = view.format }
  local request = requests[pinfo.number]
  if request.answer then view.tree:add(f.response_in, request.answer):set_generated() end
  return request
end

local function dissect_object(view, kind, pinfo)
  local members, loose = parse(view.format, view.tvb:raw())
  local request = kind == "request" and link_request(view, pinfo)
  local asked = kind == "answer" and link_answer(view, pinfo) or nil
  if not members then
    view.tree:add_proto_expert_info(e.malformed)
    view.tree:add(f.rest, view.tvb())
    return
  end
  if loose then view.tree:add_proto_expert_info(e.encoding) end
  if kind == "request" then
    request.asked = dissect_request(view, members, pinfo)
  elseif kind == "answer" then
    dissect_answer(view, members, asked, tonumber(tostring(last(fields.code) or "")))
  else
    show_members(view, members, CAPABILITIES)
  end
end

-- What of SKI the HTTP message is: "request", "answer", "capabilities", or nil.
local function kind_of_message()
  local uri = last(fields.uri)
  if uri then return ends_with(uri, ski.prefs.path) and "request" or nil end
  uri = last(fields.answer_uri)
  if not uri then return nil end
  return ends_with(uri, ski.prefs.path) and "answer" or (ends_with(uri, ski.prefs.capabilities_path) and "capabilities" or nil)
end

local function dissect(format, tvb, pinfo, tree)
  local kind = kind_of_message()
  if not kind or tvb:len() == 0 then return end
  pinfo.cols.protocol = "SKI"
  pinfo.cols.info:append(" (SKI " .. kind .. ")")
  local item = tree:add(ski, tvb())
  item:append_text(" " .. kind .. ", " .. format:upper())
  if not fields.tls() then item:add_proto_expert_info(e.in_clear) end
  dissect_object({ tvb = tvb, tree = item, format = format }, kind, pinfo)
end

-- A protocol for each format stands before the dissector of its media type, which it calls.
for media_type, format in pairs(FORMATS) do
  local own = media_types:get_dissector(media_type)
  local front = Proto("ski_" .. format, "SKI in " .. format:upper())
  function front.dissector(tvb, pinfo, tree)
    -- What it finds malformed it shows, and raises an error, which must not keep us from our own look. The one for CBOR stops with a
    -- "dissector bug" where items are nested deeply, as those who try out key servers nest them.
    local ours_alone = format == "cbor" and kind_of_message() == "request" and not parse(format, tvb:raw())
    if own and not ours_alone then pcall(own.call, own, tvb, pinfo, tree) end
    dissect(format, tvb, pinfo, tree)
    return tvb:len()
  end
  media_types:add(media_type, front)
end

function ski.init()
  requests = {}
end

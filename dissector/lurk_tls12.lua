-- Payloads of LURK's designation tls12 (draft-mglt-lurk-tls12-05), called by lurk.lua with type, status and request in pinfo.private;
-- tells there how many octets it has fields for (`lurk_taken`; an answer of 0 would make Wireshark show data) and whether the payload
-- ends inside a field (`lurk_cut`). Needs ecdh_params.lua. A-nn are the rulings in docs/rulings.md.

local tls12 = Proto("lurk_tls12", "LURK tls12")

local RSA_MASTER, RSA_MASTER_WITH_POH, RSA_EXTENDED_MASTER, RSA_EXTENDED_MASTER_WITH_POH, ECDHE = 2, 3, 4, 5, 6
local TYPES = {
  [0] = "capabilities", [1] = "ping", [2] = "rsa_master", [3] = "rsa_master_with_poh", [4] = "rsa_extended_master",
  [5] = "rsa_extended_master_with_poh", [6] = "ecdhe",
}
local KEY_ID_TYPES = { [0] = "sha256_32" }
local FRESHNESS = { [0] = "sha256" }
local PRF_HASHES = { [0] = "sha256", [1] = "sha384", [2] = "sha512" }
local POO_PRFS = { [0] = "null", [1] = "sha256_128", [2] = "sha256_256" }
local HASHES = { [0] = "none", [1] = "md5", [2] = "sha1", [3] = "sha224", [4] = "sha256", [5] = "sha384", [6] = "sha512", [8] = "intrinsic" }
local SIGNATURES = { [1] = "rsa", [2] = "dsa", [3] = "ecdsa", [7] = "ed25519", [8] = "ed448" }
local CURVES = { [23] = "secp256r1", [24] = "secp384r1", [25] = "secp521r1", [29] = "x25519", [30] = "x448" }
local HANDSHAKES = {
  [0] = "hello_request", [1] = "client_hello", [2] = "server_hello", [11] = "certificate", [12] = "server_key_exchange",
  [13] = "certificate_request", [14] = "server_hello_done", [15] = "certificate_verify", [16] = "client_key_exchange", [20] = "finished",
}
local CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, CLIENT_KEY_EXCHANGE = 1, 2, 11, 16
local EXTENDED_MASTER_SECRET = 23
local ORDER_OCTETS = { [23] = 32, [24] = 48, [25] = 66 }
-- Suites whose key exchange is RSA, of which handshakes can be made (TLS12-4.4-24).
local RSA_SUITES = {
  [0x002f] = true, [0x0035] = true, [0x003c] = true, [0x003d] = true, [0x009c] = true, [0x009d] = true, [0xc09c] = true, [0xc09d] = true,
  [0xc0a0] = true, [0xc0a1] = true, [0x0041] = true, [0x0084] = true, [0x00ba] = true, [0x00c0] = true, [0x000a] = true,
}

local function name(suffix) return "lurk.tls12." .. suffix end
local function u8(suffix, text, values) return ProtoField.uint8(name(suffix), text, base.DEC, values) end
local function u16(suffix, text, display, values) return ProtoField.uint16(name(suffix), text, display or base.DEC, values) end
local function octets(suffix, text) return ProtoField.bytes(name(suffix), text) end

local f = {
  key_id = octets("key_id", "Key id"),
  key_id_type = u8("key_id.type", "Type of key id", KEY_ID_TYPES),
  key_id_digest = octets("key_id.digest", "Digest of public key"),
  freshness = u8("freshness", "Freshness function", FRESHNESS),
  prf_hash = u8("prf_hash", "PRF hash", PRF_HASHES),
  client_random = octets("client_random", "Client random"),
  server_random = octets("server_random", "Server random before the freshness function (S)"),
  server_random_time = ProtoField.absolute_time(name("server_random.time"), "Time", base.UTC),
  server_random_octets = octets("server_random.octets", "Octets"),
  premaster_length = u16("encrypted_premaster_length", "Length of encrypted premaster"),
  premaster = octets("encrypted_premaster", "Encrypted premaster"),
  handshake_length = u16("handshake_messages_length", "Length of handshake messages"),
  handshake = octets("handshake", "Handshake message"),
  handshake_type = u8("handshake.type", "Type", HANDSHAKES),
  handshake_size = ProtoField.uint24(name("handshake.length"), "Length"),
  handshake_body = octets("handshake.body", "Body"),
  version = u16("handshake.version", "Version", base.HEX),
  random = octets("handshake.random", "Random"),
  session_id_length = u8("handshake.session_id_length", "Length of session id"),
  session_id = octets("handshake.session_id", "Session id"),
  suites_length = u16("handshake.cipher_suites_length", "Length of cipher suites"),
  suite = u16("handshake.cipher_suite", "Cipher suite", base.HEX),
  compressions_length = u8("handshake.compression_methods_length", "Length of compression methods"),
  compression = u8("handshake.compression_method", "Compression method"),
  extensions_length = u16("handshake.extensions_length", "Length of extensions"),
  extension = octets("handshake.extension", "Extension"),
  extension_type = u16("handshake.extension.type", "Type"),
  extension_length = u16("handshake.extension.length", "Length"),
  extension_data = octets("handshake.extension.data", "Data"),
  certificates_length = ProtoField.uint24(name("handshake.certificates_length"), "Length of certificates"),
  certificate_length = ProtoField.uint24(name("handshake.certificate_length"), "Length of certificate"),
  certificate = octets("handshake.certificate", "Certificate"),
  verify_data = octets("verify_data", "verify_data of the client"),
  master = octets("master", "Master secret"),
  sig_and_hash = octets("sig_and_hash", "Signature and hash"),
  hash = u8("sig_and_hash.hash", "Hash", HASHES),
  signature = u8("sig_and_hash.signature", "Signature", SIGNATURES),
  params = octets("ecdhe_params", "ServerECDHParams"),
  poo_prf = u8("poo_prf", "Proof of ownership", POO_PRFS),
  poo_point_length = u8("poo.point_length", "Length of vG"),
  poo_point = octets("poo.point", "vG"),
  poo_r = octets("poo.r", "r"),
  signature_length = u16("signature_length", "Length of signature"),
  signature_value = octets("signature", "Signature"),
  item = octets("capability", "Capability"),
  item_length = ProtoField.uint32(name("capability.length"), "Length"),
  item_type = u8("capability.type", "Type", TYPES),
  state = octets("state", "State"),
}
-- The lists of a capability: a length octet in front of items of one or two octets.
local lists = {}
for _, list in ipairs({
  { "key_id_type", "key id types", u8, KEY_ID_TYPES }, { "certificate", "certificates" }, { "freshness", "freshness functions", u8, FRESHNESS },
  { "cipher_suite", "cipher suites", u16, nil, base.HEX }, { "prf_hash", "PRF hashes", u8, PRF_HASHES },
  { "sig_and_hash", "signatures and hashes", u16, nil, base.HEX }, { "ecdsa_curve", "curves of keys", u16, CURVES },
  { "ecdhe_curve", "curves of shares", u16, CURVES }, { "poo_prf", "proofs of ownership", u8, POO_PRFS },
}) do
  local suffix, text, kind, values, display = "capability." .. list[1], list[2], list[3], list[4], list[5]
  local made = { length = u8(suffix .. "_length", "Length of " .. text), width = kind == u16 and 2 or 1 }
  local item_text = text:sub(1, 1):upper() .. text:sub(2)
  if kind == u16 then
    made.item = u16(suffix, item_text, display, values)
  else
    made.item = kind and kind(suffix, item_text, values) or octets(suffix, item_text)
  end
  f[suffix .. "_length"], f[suffix], lists[list[1]] = made.length, made.item, made
end
tls12.fields = f

local function expert_info(suffix, severity, text, group)
  return ProtoExpert.new(name("expert." .. suffix), text, expert.group[group or "PROTOCOL"], expert.severity[severity])
end

local e = {
  key_id_type = expert_info("key_id_type", "ERROR", "Unassigned type of key id: TLS12-4.4-01"),
  freshness = expert_info("freshness", "ERROR", "The only freshness function is sha256: TLS12-4.4-03 (A-14)"),
  prf_hash = expert_info("prf_hash", "ERROR", "Unassigned PRF hash: TLS12-4.4-22 (A-02)"),
  time_window = expert_info("time_window", "WARN", "The time in S is out of the window: TLS12-4.4-06"),
  replay = expert_info("replay", "WARN", "S was in a request before: TLS12-9-06 (A-17)", "SECURITY"),
  premaster = expert_info("premaster", "ERROR", "Not the length of an RSA modulus: TLS12-4.4-10 (A-09)"),
  master = expert_info("master", "ERROR", "A master secret has 48 octets: TLS12-4.2-01"),
  first_message = expert_info("first_message", "ERROR", "The first message is not ClientHello: TLS12-4.1-09"),
  last_message = expert_info("last_message", "ERROR", "The last message is not ClientKeyExchange: TLS12-5.1-03"),
  handshake = expert_info("handshake", "ERROR", "Not a handshake message: TLS12-4.1-09 (A-12)"),
  not_extended = expert_info("not_extended", "ERROR", "extended_master_secret is not in both hellos: TLS12-5.4-03"),
  extended = expert_info("extended", "ERROR", "extended_master_secret is in both hellos: TLS12-5.4-04"),
  suite = expert_info("suite", "ERROR", "Not a suite of RSA key exchange: TLS12-4.4-24"),
  version = expert_info("version", "ERROR", "Not the version of TLS 1.2 or DTLS 1.2: TLS12-4.4-24 (A-16)"),
  algorithm = expert_info("algorithm", "ERROR", "Hash or signature that is not used: TLS12-6.4-08 (A-28)"),
  other_algorithm = expert_info("other_algorithm", "ERROR", "Not the algorithm that was asked for: TLS12-6.2-02 (A-26)"),
  poo_prf = expert_info("poo_prf", "ERROR", "Unassigned proof of ownership: TLS12-6.4-04"),
  poo_null = expert_info("poo_null", "NOTE", "No proof on a curve that has one: TLS12-9.2-02 (A-23)"),
  poo_curve = expert_info("poo_curve", "ERROR", "There is no proof on this curve: TLS12-6.1-12 (A-25)"),
  certificates = expert_info("certificates", "NOTE", "The certificate list is not empty: TLS12-7.2-04 (A-30)"),
  odd_list = expert_info("odd_list", "ERROR", "A list of pairs of odd size: TLS12-7.2-02"),
}
tls12.experts = e

tls12.prefs.time_window = Pref.uint("Time window in seconds", 60, "How far S may be from the time of capture; 0 for no check")

-- Taking octets from the front. A field that is cut ends the dissection of the payload by an error with this value.
local CUT = {}
local Reader = {}
Reader.__index = Reader

local function reader(tvb, tree)
  return setmetatable({ tvb = tvb, at = 0, tree = tree }, Reader)
end

function Reader:left() return self.tvb:len() - self.at end

-- The range of the next octets, which are shown as `field`, and the item that shows them.
function Reader:take(field, count)
  if count > self:left() then error(CUT, 0) end
  if count == 0 then return nil end
  local range = self.tvb(self.at, count)
  self.at = self.at + count
  return range, self.tree:add(field, range)
end

function Reader:number(field, count)
  local range, item = self:take(field, count)
  return range:uint(), item
end

function Reader:vector(length_field, width, field)
  return self:take(field, (self:number(length_field, width)))
end

-- The fields inside an item that was taken already.
function Reader:inside(range, item)
  return reader(range:tvb(), item)
end

local function key_id(r)
  if r:left() < 5 then error(CUT, 0) end
  local range, item = r:take(f.key_id, 5)
  local inner = r:inside(range, item)
  local type, type_item = inner:number(f.key_id_type, 1)
  if not KEY_ID_TYPES[type] then type_item:add_proto_expert_info(e.key_id_type) end
  inner:take(f.key_id_digest, 4)
  return tostring(range:bytes())
end

local function freshness(r)
  local function_number, item = r:number(f.freshness, 1)
  if function_number ~= 0 then item:add_proto_expert_info(e.freshness) end
end

local function check_time(range, item, pinfo)
  local window = tls12.prefs.time_window
  if window > 0 and math.abs(pinfo.abs_ts - range(0, 4):uint()) > window + 1 then item:add_proto_expert_info(e.time_window) end
end

-- `seen`: frame and id of the first request with that key id and S; `asked`: algorithms of the requests.
local seen, asked = {}, {}

-- S (A-13); `key` for the exchanges where it must be fresh (A-17).
local function server_random(r, pinfo, key)
  local range, item = r:take(f.server_random, 32)
  local inner = r:inside(range, item)
  local _, time_item = inner:take(f.server_random_time, 4)
  inner:take(f.server_random_octets, 28)
  check_time(range, time_item, pinfo)
  local what, where = key .. tostring(range:bytes()), pinfo.private.lurk_request
  seen[what] = seen[what] or where
  if seen[what] ~= where then item:add_proto_expert_info(e.replay) end
end

local function encrypted_premaster(r)
  local size, item = r:number(f.premaster_length, 2)
  if size < 128 or size % 8 ~= 0 then item:add_proto_expert_info(e.premaster) end
  r:take(f.premaster, size)
end

local function rsa_master(r, pinfo)
  local key = key_id(r)
  freshness(r)
  local hash, item = r:number(f.prf_hash, 1)
  if not PRF_HASHES[hash] then item:add_proto_expert_info(e.prf_hash) end
  r:take(f.client_random, 32)
  server_random(r, pinfo, key)
  encrypted_premaster(r)
end

-- Extensions of a hello; whether extended_master_secret is among them.
local function hello_extensions(r)
  local extended = false
  if r:left() == 0 then return false end
  r:number(f.extensions_length, 2)
  while r:left() > 0 do
    if r:left() < 4 then error(CUT, 0) end
    local size = r.tvb(r.at + 2, 2):uint()
    local range, item = r:take(f.extension, 4 + size)
    local inner = r:inside(range, item)
    extended = inner:number(f.extension_type, 2) == EXTENDED_MASTER_SECRET or extended
    inner:number(f.extension_length, 2)
    inner:take(f.extension_data, size)
  end
  return extended
end

local function hello_start(r)
  local version, item = r:number(f.version, 2)
  if version ~= 0x0303 and version ~= 0xfefd then item:add_proto_expert_info(e.version) end
  local random, random_item = r:take(f.random, 32)
  r:vector(f.session_id_length, 1, f.session_id)
  return random, random_item
end

local messages = {
  [CLIENT_HELLO] = function(r, _, found)
    hello_start(r)
    local size = r:number(f.suites_length, 2)
    for _ = 1, math.floor(size / 2) do r:number(f.suite, 2) end
    for _ = 1, (r:number(f.compressions_length, 1)) do r:number(f.compression, 1) end
    found.client_extended = hello_extensions(r)
  end,
  [SERVER_HELLO] = function(r, pinfo, found)
    local random, item = hello_start(r)
    check_time(random, item, pinfo)
    local suite, suite_item = r:number(f.suite, 2)
    if not RSA_SUITES[suite] then suite_item:add_proto_expert_info(e.suite) end
    r:number(f.compression, 1)
    found.server_extended = hello_extensions(r)
  end,
  [CERTIFICATE] = function(r)
    r:number(f.certificates_length, 3)
    while r:left() > 0 do r:vector(f.certificate_length, 3, f.certificate) end
  end,
  [CLIENT_KEY_EXCHANGE] = encrypted_premaster,
}

-- A body whose structure does not fit is shown as far as it does, then as octets; the messages after it are dissected still.
local function handshake_body(r, kind, pinfo, found)
  local dissect = messages[kind]
  if dissect then
    local whole, problem = pcall(dissect, r, pinfo, found)
    if not whole and problem ~= CUT then error(problem, 0) end
    if not whole or r:left() > 0 then r.tree:add_proto_expert_info(e.handshake) end
  end
  if r:left() > 0 then r:take(f.handshake_body, r:left()) end
end

-- Messages until `stop`, a count of octets from the start of the payload.
local function handshake_messages(r, pinfo, kind)
  local found, last, first = {}, nil, true
  local size, length_item = r:number(f.handshake_length, 2)
  if size > r:left() then error(CUT, 0) end
  local stop = r.at + size
  while r.at < stop do
    if stop - r.at < 4 or 4 + r.tvb(r.at + 1, 3):uint() > stop - r.at then
      local _, item = r:take(f.handshake, stop - r.at)
      item:add_proto_expert_info(e.handshake)
      return
    end
    local range, item = r:take(f.handshake, 4 + r.tvb(r.at + 1, 3):uint())
    local inner = r:inside(range, item)
    last = inner:number(f.handshake_type, 1)
    item:append_text(" (" .. (HANDSHAKES[last] or "unknown") .. ")")
    inner:number(f.handshake_size, 3)
    if not HANDSHAKES[last] then item:add_proto_expert_info(e.handshake) end
    if first and last ~= CLIENT_HELLO then item:add_proto_expert_info(e.first_message) end
    handshake_body(inner, last, pinfo, found)
    first = false
  end
  local both = found.client_extended and found.server_extended
  if first then length_item:add_proto_expert_info(e.first_message) end
  if kind == RSA_MASTER_WITH_POH and both then length_item:add_proto_expert_info(e.extended) end
  if kind ~= RSA_MASTER_WITH_POH and not both then length_item:add_proto_expert_info(e.not_extended) end
  if kind == RSA_EXTENDED_MASTER and last ~= CLIENT_KEY_EXCHANGE then length_item:add_proto_expert_info(e.last_message) end
end

local function with_handshake(r, pinfo, kind)
  key_id(r)
  freshness(r)
  handshake_messages(r, pinfo, kind)
  if kind ~= RSA_EXTENDED_MASTER then r:take(f.verify_data, 12) end
end

local function algorithm(r)
  if r:left() < 2 then error(CUT, 0) end
  local range, item = r:take(f.sig_and_hash, 2)
  local inner = r:inside(range, item)
  local hash, signature = inner:number(f.hash, 1), inner:number(f.signature, 1)
  local intrinsic = hash == 8 and (signature == 7 or signature == 8)
  local classic = hash >= 4 and hash <= 6 and (signature == 1 or signature == 3)
  if not intrinsic and not classic then item:add_proto_expert_info(e.algorithm) end
  return range:uint(), item
end

-- ServerECDHParams to the dissector that has them; the number of the curve, nil when what follows cannot be told.
local function ecdhe_params(r, pinfo)
  if r:left() == 0 then error(CUT, 0) end
  local probe = r.tvb(r.at)
  local size = probe:len() >= 4 and probe(0, 1):uint() == 3 and 4 + probe(3, 1):uint() or probe:len()
  size = math.min(size, probe:len())
  local taken = probe(0, size)
  local item = r.tree:add(f.params, taken)
  local used = Dissector.get("ecdh_params"):call(taken:tvb(), pinfo, item)
  r.at = r.at + used
  if used < size then item:set_len(math.max(used, 1)) end
  if pinfo.private.ec_curve == "" then error(CUT, 0) end
  return tonumber(pinfo.private.ec_curve)
end

local function proof(r, pinfo, curve)
  local prf, item = r:number(f.poo_prf, 1)
  local order = ORDER_OCTETS[curve]
  if prf == 0 then
    if order then item:add_proto_expert_info(e.poo_null) end
    return
  end
  if not POO_PRFS[prf] then item:add_proto_expert_info(e.poo_prf) end
  if not order then item:add_proto_expert_info(e.poo_curve) end
  local range, point_item = r:vector(f.poo_point_length, 1, f.poo_point)
  if range then Dissector.get("ec_point"):call(range:tvb(), pinfo, point_item) end
  r:take(f.poo_r, order or r:left())
end

local function ecdhe(r, pinfo)
  local key = key_id(r)
  freshness(r)
  r:take(f.client_random, 32)
  server_random(r, pinfo, key)
  asked[pinfo.private.lurk_request] = algorithm(r)
  proof(r, pinfo, ecdhe_params(r, pinfo))
end

local function signed(r, pinfo)
  local used, item = algorithm(r)
  local wanted = asked[pinfo.private.lurk_request]
  if wanted and wanted ~= used then item:add_proto_expert_info(e.other_algorithm) end
  r:vector(f.signature_length, 2, f.signature_value)
end

local function master(r)
  if r:left() ~= 48 then r.tree:add_proto_expert_info(e.master) end
  r:take(f.master, 48)
end

local function list_of(r, which)
  local list = lists[which]
  local size, item = r:number(list.length, 1)
  if size > r:left() then error(CUT, 0) end
  if which == "certificate" and size > 0 then
    item:add_proto_expert_info(e.certificates)
    r:take(list.item, size)
    return
  end
  for _ = 1, math.floor(size / list.width) do r:number(list.item, list.width) end
  if size % list.width > 0 then
    item:add_proto_expert_info(e.odd_list)
    error(CUT, 0)
  end
end

-- Items back to back until the state is left (A-29).
local function capabilities(r)
  while r:left() > 4 do
    local range, item = r:take(f.item, math.max(5, 4 + r.tvb(r.at, 4):uint()))
    local inner = r:inside(range, item)
    inner:number(f.item_length, 4)
    local kind = inner:number(f.item_type, 1)
    item:append_text(" (" .. (TYPES[kind] or "unknown") .. ")")
    if inner:left() > 0 then
      for _, which in ipairs({ "key_id_type", "certificate", "freshness", "cipher_suite" }) do list_of(inner, which) end
      local more = kind == ECDHE and { "sig_and_hash", "ecdsa_curve", "ecdhe_curve", "poo_prf" } or { "prf_hash" }
      for _, which in ipairs(more) do list_of(inner, which) end
      if inner:left() > 0 then error(CUT, 0) end
    end
  end
  r:take(f.state, 4)
end

local REQUESTS = {
  [RSA_MASTER] = rsa_master, [RSA_MASTER_WITH_POH] = with_handshake, [RSA_EXTENDED_MASTER] = with_handshake,
  [RSA_EXTENDED_MASTER_WITH_POH] = with_handshake, [ECDHE] = ecdhe,
}
local ANSWERS = {
  [0] = capabilities, [RSA_MASTER] = master, [RSA_MASTER_WITH_POH] = master, [RSA_EXTENDED_MASTER] = master,
  [RSA_EXTENDED_MASTER_WITH_POH] = master, [ECDHE] = signed,
}

function tls12.dissector(tvb, pinfo, tree)
  local kind = tonumber(pinfo.private.lurk_type)
  local dissect = (pinfo.private.lurk_status == "0" and REQUESTS or ANSWERS)[kind]
  if not dissect then return tvb:len() end
  local r = reader(tvb, tree)
  local whole, problem = pcall(dissect, r, pinfo, kind)
  if not whole and problem ~= CUT then error(problem, 0) end
  pinfo.private.lurk_taken, pinfo.private.lurk_cut = tostring(r.at), whole and "" or "yes"
  return tvb:len()
end

function tls12.init()
  seen, asked = {}, {}
end

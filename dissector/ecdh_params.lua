-- ServerECDHParams (RFC 8422 §5.4) and elliptic-curve points, for lurk_tls12.lua and ski.lua.
--
-- Two dissectors that other ones call by name: "ecdh_params" for the structure, "ec_point" for a point. Both tell their caller through
-- pinfo.private.ec_curve the number of the curve, "" when the structure is cut or not of a named curve; "ec_point" also reads it.

local params = Proto("ecdh_params", "ServerECDHParams")
local point = Proto("ec_point", "Elliptic-curve point")

local CURVES = { [23] = "secp256r1", [24] = "secp384r1", [25] = "secp521r1", [29] = "x25519", [30] = "x448" }
local CURVE_TYPES = { [1] = "explicit_prime", [2] = "explicit_char2", [3] = "named_curve" }
local FORMS = { [2] = "compressed, even y", [3] = "compressed, odd y", [4] = "uncompressed" }
local MONTGOMERY = { [29] = 32, [30] = 56 }

local f = {
  curve_type = ProtoField.uint8("ecdh_params.curve_type", "Curve type", base.DEC, CURVE_TYPES),
  named_curve = ProtoField.uint16("ecdh_params.named_curve", "Named curve", base.DEC, CURVES),
  point_length = ProtoField.uint8("ecdh_params.point_length", "Length of point"),
  point = ProtoField.bytes("ecdh_params.point", "Point (bG)"),
}
params.fields = f

local g = {
  form = ProtoField.uint8("ec_point.form", "Form", base.DEC, FORMS),
  x = ProtoField.bytes("ec_point.x", "X"),
  y = ProtoField.bytes("ec_point.y", "Y"),
  u = ProtoField.bytes("ec_point.u", "U"),
}
point.fields = g

local function fault(name, text)
  return ProtoExpert.new(name, text, expert.group.PROTOCOL, expert.severity.ERROR)
end

local e = {
  cut = ProtoExpert.new("ecdh_params.expert.cut", "The parameters end inside a field", expert.group.MALFORMED, expert.severity.ERROR),
  curve_type = fault("ecdh_params.expert.curve_type", "Only named_curve is served: TLS12-6.4-02, SKI-5.1.2-03"),
  curve = fault("ecdh_params.expert.curve", "Curve that is not served: TLS12-6.4-03, SKI-5.1.2-03"),
}
params.experts = e

local h = {
  size = fault("ec_point.expert.size", "Not as long as the curve says: TLS12-6.1-04 (A-24), SKI-5.1.2-04 (A-70)"),
  form = fault("ec_point.expert.form", "Not the uncompressed form: TLS12-6.1-04 (A-24), SKI-5.1.2-04 (A-70)"),
  range = fault("ec_point.expert.range", "A coordinate is not below the prime: TLS12-6.1-05 (A-23), SKI-5.1.2-03"),
  off_curve = fault("ec_point.expert.off_curve", "The point is not on the curve: TLS12-6.1-05 (A-23), SKI-5.1.2-03 (A-70)"),
}
point.experts = h

-- Numbers are arrays of 24-bit limbs, least first: 22 products of two limbs still fit into 53 bits, so that Lua 5.2, whose numbers are
-- doubles, and Lua 5.4, where the point in LIMB makes them so, compute alike.
local LIMB = 16777216.0

local function number(octets)
  local limbs, bytes = {}, { octets:byte(1, -1) }
  for i = #bytes, 1, -3 do
    limbs[#limbs + 1] = bytes[i] + (bytes[i - 1] or 0) * 256 + (bytes[i - 2] or 0) * 65536
  end
  return limbs
end

local function unhex(digits)
  return (digits:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

-- y² = x³ - 3x + b modulo p
local WEIERSTRASS = {
  [23] = { octets = 32,
    p = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    b = "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b" },
  [24] = { octets = 48,
    p = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
    b = "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef" },
  [25] = { octets = 66,
    p = "01ff" .. ("ff"):rep(64),
    b = "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df88"
      .. "3d2c34f1ef451fd46b503f00" },
}
for _, curve in pairs(WEIERSTRASS) do
  curve.p, curve.b = number(unhex(curve.p)), number(unhex(curve.b))
end

local function below(a, m)
  for i = #m, 1, -1 do
    if a[i] ~= m[i] then return a[i] < m[i] end
  end
  return false
end

-- a := a - q·m, the limbs normalised; the one above those of m bears the sign.
local function subtract(a, q, m)
  local carry = 0
  for i = 1, #m do
    local value = a[i] - q * m[i] + carry
    carry = math.floor(value / LIMB)
    a[i] = value - carry * LIMB
  end
  a[#m + 1] = (a[#m + 1] or 0) + carry
end

-- a modulo m for a < 2^26·m: the quotient is estimated from the leading limbs and is then wrong by one at most.
local function reduce(a, m)
  local n = #m
  local leading = ((a[n + 1] or 0) * LIMB + a[n]) * LIMB + a[n - 1]
  subtract(a, math.floor(leading / (m[n] * LIMB + m[n - 1])), m)
  while a[n + 1] < 0 do subtract(a, -1, m) end
  while a[n + 1] > 0 or not below(a, m) do subtract(a, 1, m) end
  a[n + 1] = nil
  return a
end

local function multiply(a, b, m)
  local n, sum = #m, {}
  for i = 1, n do sum[i] = 0 end
  for i = n, 1, -1 do
    table.insert(sum, 1, 0)
    for j = 1, n do sum[j] = sum[j] + a[i] * b[j] end
    subtract(sum, 0, m)
    reduce(sum, m)
  end
  return sum
end

local function add(a, b, m)
  local sum = {}
  for i = 1, #m do sum[i] = a[i] + b[i] end
  subtract(sum, 0, m)
  return reduce(sum, m)
end

local function on_curve(curve, x, y)
  local p, minus_three = curve.p, {}
  for i = 1, #p do minus_three[i] = p[i] end
  minus_three[1] = minus_three[1] - 3 -- without a borrow: the lowest limb of all three primes has ones only
  local right = add(multiply(x, add(multiply(x, x, p), minus_three, p), p), curve.b, p)
  local left = multiply(y, y, p)
  return not below(left, right) and not below(right, left)
end

local function check_weierstrass(curve, tvb, tree)
  local size = curve.octets
  local form = tvb(0, 1):uint()
  local item = tree:add(g.form, tvb(0, 1))
  if form ~= 4 then item:add_proto_expert_info(h.form) end
  if tvb:len() ~= 1 + 2 * size then
    if form == 4 or tvb:len() ~= 1 + size then tree:add_proto_expert_info(h.size) end
    return
  end
  local x_item, y_item = tree:add(g.x, tvb(1, size)), tree:add(g.y, tvb(1 + size, size))
  if form ~= 4 then return end
  local x, y = number(tvb:raw(1, size)), number(tvb:raw(1 + size, size))
  local x_good, y_good = below(x, curve.p), below(y, curve.p)
  if not x_good then x_item:add_proto_expert_info(h.range) end
  if not y_good then y_item:add_proto_expert_info(h.range) end
  if x_good and y_good and not on_curve(curve, x, y) then tree:add_proto_expert_info(h.off_curve) end
end

-- `tree` is the item of the point.
function point.dissector(tvb, pinfo, tree)
  local number_of_curve = tonumber(pinfo.private.ec_curve)
  local curve, size = WEIERSTRASS[number_of_curve], MONTGOMERY[number_of_curve]
  if curve and tvb:len() > 0 then
    check_weierstrass(curve, tvb, tree)
  elseif curve then
    tree:add_proto_expert_info(h.size)
  elseif size then
    if tvb:len() > 0 then tree:add(g.u, tvb()) end
    if tvb:len() ~= size then tree:add_proto_expert_info(h.size) end
  end
  return tvb:len()
end

local point_dissector = Dissector.get("ec_point")

local function cut(tree, pinfo, at)
  pinfo.private.ec_curve = ""
  tree:add_proto_expert_info(e.cut)
  return at
end

-- Fields go right into `tree`; the answer is how many octets are the structure.
function params.dissector(tvb, pinfo, tree)
  pinfo.private.ec_curve = ""
  if tvb:len() < 1 then return cut(tree, pinfo, 0) end
  local item = tree:add(f.curve_type, tvb(0, 1))
  if tvb(0, 1):uint() ~= 3 then
    item:add_proto_expert_info(e.curve_type)
    return 1
  end
  if tvb:len() < 3 then return cut(tree, pinfo, 1) end
  local curve = tvb(1, 2):uint()
  item = tree:add(f.named_curve, tvb(1, 2))
  if not CURVES[curve] then item:add_proto_expert_info(e.curve) end
  if tvb:len() < 4 then return cut(tree, pinfo, 3) end
  local size = tvb(3, 1):uint()
  tree:add(f.point_length, tvb(3, 1))
  if tvb:len() < 4 + size then return cut(tree, pinfo, 4) end
  pinfo.private.ec_curve = tostring(curve)
  if size > 0 then
    local point_item = tree:add(f.point, tvb(4, size))
    point_dissector:call(tvb(4, size):tvb(), pinfo, point_item)
  else
    tree:add_proto_expert_info(h.size)
  end
  return 4 + size
end

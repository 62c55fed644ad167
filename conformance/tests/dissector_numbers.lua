-- What the dissector computes, outside Wireshark and in any Lua: points on curves, base64, CBOR. Arguments: ecdh_params.lua, ski.lua.
local any = setmetatable({}, { __index = function() return function() return {} end end })
Proto = function() return { prefs = {} } end
ProtoField, ProtoExpert, Pref, Field, DissectorTable, Dissector = any, any, any, any, any, any
base, frametype, expert = {}, {}, { group = {}, severity = {} }
DissectorTable = { get = function() return { get_dissector = function() end, add = function() end } end }

-- Runs a script with `exports` put in front of its line that begins with `before`.
local function load_with(file, before, exports)
  local handle = assert(io.open(file))
  local text = handle:read("*a")
  handle:close()
  local at = assert(text:find("\n" .. before, 1, true))
  assert((loadstring or load)(text:sub(1, at) .. exports .. text:sub(at)))()
end

load_with(arg[1], "local function check_weierstrass", "POINTS = { on_curve = on_curve, curves = WEIERSTRASS, number = number, unhex = unhex }")
load_with(arg[2], "-- How a message is shown", "SKI = { parse = parse, unbase64 = unbase64 }")

local BASE_POINTS = {
  [23] = { "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5" },
  [24] = { "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
    "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f" },
  [25] = { "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
    "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650" },
}
for curve, point in pairs(BASE_POINTS) do
  local x, y = POINTS.number(POINTS.unhex(point[1])), POINTS.number(POINTS.unhex(point[2]))
  assert(POINTS.on_curve(POINTS.curves[curve], x, y))
  for limb = 1, #y do
    y[limb] = (y[limb] + 1) % 16777216
    assert(not POINTS.on_curve(POINTS.curves[curve], x, y))
    y[limb] = (y[limb] - 1) % 16777216
  end
end

for coded, octets in pairs({ [""] = "", ["Zg=="] = "f", ["Zm8="] = "fo", ["Zm9v"] = "foo", ["Zm9vYmFy"] = "foobar" }) do
  assert(SKI.unbase64(coded) == octets)
end
for _, coded in ipairs({ "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "Zm9v\n", "Zm-_", "====" }) do assert(SKI.unbase64(coded) == nil) end

local function parsed(format, body)
  local members, loose = SKI.parse(format, body)
  return members and #members, loose
end
for body, wanted in pairs({
  ["\160"] = 0, ["\161\97a\1"] = 1, ["\161\97a\24\24"] = 1, ["\161\97a\69hello"] = 1, ["\161\97a\251\0\0\0\0\0\0\0\0"] = 1,
  ["\161\97a\91\255\255\255\255\255\255\255\255"] = false, ["\161\97a\155\255\255\255\255\255\255\255\255"] = false,
  ["\187\255\255\255\255\255\255\255\255"] = false, ["\161\97a"] = false, ["\161\1\1"] = false, ["\160\0"] = false, [""] = false,
}) do
  assert((parsed("cbor", body) or false) == wanted, body)
end
assert(select(2, parsed("cbor", "\161\97a\24\1")) == true and select(2, parsed("cbor", "\161\97a\24\24")) == false)
assert(parsed("json", ' {"a":1,"b":[1,-2.5e3,{"c":null}],"d":"\\u0041\\""} ') == 3)
for _, body in ipairs({ "", "{", "[]", '{"a":1,}', '{"a"=1}', "{a:1}", '{"a":1}x', '{"a":"\n"}', '{"a":"\\x"}', '{"a":tru}' }) do
  assert(parsed("json", body) == nil, body)
end
print("good")

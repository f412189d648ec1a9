// json: loads and dumps over values.
#include <algorithm>

#include "library/stdlib/install.h"
#include "library/stdlib/json_text.h"
#include "library/stdlib/values.h"

namespace ckptlint::python {
namespace {

Value json_loads(Interpreter& in, const Arguments& arguments, const Value&) {
  Value out[8];
  in.bind("loads", arguments,
          "s, *, cls=, object_hook=, parse_float=, parse_int=, parse_constant=, object_pairs_hook=", out);
  if (out[0].unknown()) return out[0];
  for (int i = 2; i < 8; ++i) {
    if (!out[i].missing() && !out[i].is_none()) return in.unknown("json.loads with hooks of its own");
  }
  if (out[0].is(Kind::kBytes)) return read_json(in, out[0].as<Bytes>()->data);
  Str* text = as_str(out[0]);
  if (text == nullptr)
    in.raise_type_error("the JSON object must be str, bytes or bytearray, not " + in.type_name(out[0]));
  return read_json(in, text->view());
}

Value json_load(Interpreter& in, const Arguments&, const Value&) { return in.unknown("the contents of a file"); }

Value json_dumps(Interpreter& in, const Arguments& arguments, const Value&) {
  Value out[10];
  in.bind(
      "dumps", arguments,
      "obj, *, skipkeys=, ensure_ascii=, check_circular=, allow_nan=, cls=, indent=, separators=, default=, sort_keys=",
      out);
  JsonStyle style;
  if (!out[5].missing() && !out[5].is_none()) return in.unknown("json.dumps with an encoder of its own");
  if (!out[6].missing() && !out[6].is_none()) {
    std::int64_t indent = in.to_int(out[6]);
    style.indent = static_cast<int>(std::max<std::int64_t>(0, std::min<std::int64_t>(indent, 100)));
    style.item = ",";
  }
  if (Tuple* separators = as_tuple(out[7]); separators != nullptr && separators->count == 2) {
    style.item = in.str(separators->items[0]);
    style.colon = in.str(separators->items[1]);
  }
  if (!out[2].missing()) style.ascii = in.test(out[2]);
  if (!out[9].missing()) style.sort_keys = in.test(out[9]);
  style.fallback = out[8];
  return in.string(write_json(in, out[0], style));
}

}  // namespace

void install_json(Interpreter& in) {
  Module* module = in.native_module("json", false);
  Class* error = in.make_class("JSONDecodeError", {in.exception("ValueError")}, Layout::kException);
  in.define(module, "JSONDecodeError", Value::of(error));
  for (const char* name : {"JSONEncoder", "JSONDecoder"})
    in.define(module, name, Value::of(in.make_class(name, {in.classes.object})));
  in.define(module, "loads", json_loads);
  in.define(module, "dumps", json_dumps);
  in.define(module, "load", json_load);
  in.define(module, "dump", return_none);
  in.define(in.native_module("json.decoder", false), "JSONDecodeError", Value::of(error));
}

}  // namespace ckptlint::python

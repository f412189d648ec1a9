// json: loads and dumps over values.
#include <algorithm>

#include "library/stdlib/install.h"
#include "library/stdlib/json_text.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

Value json_loads(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [s, cls, object_hook, parse_float, parse_int, parse_constant, object_pairs_hook] =
      bind<"s, *, cls=, object_hook=, parse_float=, parse_int=, parse_constant=, object_pairs_hook=">(in, "loads",
                                                                                                      arguments);
  if (s.unknown()) return s;
  for (const Value& hook : {cls, object_hook, parse_float, parse_int, parse_constant, object_pairs_hook}) {
    if (!hook.missing() && !hook.is_none()) return in.unknown("json.loads with hooks of its own");
  }
  if (s.is(Kind::kBytes)) return read_json(in, s.as<Bytes>()->data);
  Str* text = as_str(s);
  if (text == nullptr) in.raise_type_error("the JSON object must be str, bytes or bytearray, not " + in.type_name(s));
  return read_json(in, text->view());
}

Value json_load(Interpreter& in, const Arguments& arguments, const Value& loads) {
  const auto [fp, rest] = bind<"fp, **kw">(in, "load", arguments);
  if (!fp.is(Kind::kInstance)) return in.unknown("the contents of a file");
  return in.call(loads, {in.call_method(fp, in.intern("read"))});
}

Value json_dumps(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj, skipkeys, ensure_ascii, check_circular, allow_nan, cls, given_indent, given_separators, fallback,
              sort_keys] =
      bind<
          "obj, *, skipkeys=, ensure_ascii=, check_circular=, allow_nan=, "
          "cls=, indent=, separators=, default=, sort_keys=">(in, "dumps", arguments);
  JsonStyle style;
  if (!cls.missing() && !cls.is_none()) return in.unknown("json.dumps with an encoder of its own");
  if (!given_indent.missing() && !given_indent.is_none()) {
    std::int64_t indent = in.to_int(given_indent);
    style.indent = static_cast<int>(std::max<std::int64_t>(0, std::min<std::int64_t>(indent, 100)));
    style.item = ",";
  }
  if (Tuple* separators = as_tuple(given_separators); separators != nullptr && separators->count == 2) {
    style.item = in.str(separators->items[0]);
    style.colon = in.str(separators->items[1]);
  }
  if (!ensure_ascii.missing()) style.ascii = in.test(ensure_ascii);
  if (!sort_keys.missing()) style.sort_keys = in.test(sort_keys);
  style.fallback = fallback;
  return in.string(write_json(in, obj, style));
}

// Into what has a method `write`.
Value json_dump(Interpreter& in, const Arguments& arguments, const Value& dumps) {
  if (arguments.count < 2 || any_unknown(arguments)) return Value::none();
  std::vector<Value> positional{arguments[0]};
  for (std::size_t i = 2; i < arguments.count; ++i) positional.push_back(arguments[i]);
  const Value text =
      in.call(dumps, {positional.data(), positional.size(), arguments.keywords, arguments.keyword_count});
  in.call_method(arguments[1], in.intern("write"), {text});
  return Value::none();
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
  in.define(module, "load", json_load, in.native_static("loads", json_loads));
  in.define(module, "dump", json_dump, in.native_static("dumps", json_dumps));
  in.define(in.native_module("json.decoder", false), "JSONDecodeError", Value::of(error));
}

}  // namespace ckptlint::python

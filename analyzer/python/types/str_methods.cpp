// The methods of str: construction, encoding, templates and translation.  The others are in the files beside this.
#include <fmt/format.h>

#include "python/types/rows.h"
#include "python/types/sequence.h"
#include "python/types/str.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

Value str_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, object, encoding, errors] = bind<"cls, object=, encoding=, errors=">(in, "str", arguments);
  Value made = in.string("");
  if (!object.missing()) {
    const Value& plain = unwrap(object);
    const bool decode = !encoding.missing() || !errors.missing();
    if (decode && plain.is(Kind::kBytes)) {
      made = in.call_method(plain, in.intern("decode"), {encoding.missing() ? in.string("utf-8") : encoding});
    } else if (decode) {
      in.raise_type_error(fmt::format("decoding to str: need a bytes-like object, {} found", in.type_name(object)));
    } else {
      made = in.str_value(object);
    }
  }
  return as_instance_of(in, cls, in.classes.str, made);
}

Value str_encode(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_encoding, given_errors] = bind<"self, encoding=, errors=">(in, "encode", arguments);
  const std::string_view text = text_self(in, arguments);
  std::string encoding = "utf-8";
  if (!given_encoding.missing()) encoding = text_argument(in, given_encoding, "encode() argument 'encoding'");
  for (char& c : encoding) c = c == '_' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  if (encoding == "utf-8" || encoding == "utf8" || encoding == "u8" || is_ascii(text)) return bytes_value(in, text);
  const bool latin = encoding == "latin-1" || encoding == "latin1" || encoding == "iso-8859-1";
  if (!latin && encoding != "ascii" && encoding != "us-ascii")
    return in.unknown("text in an encoding that is not modelled");
  const std::string errors(given_errors.missing() ? "strict"
                                                  : text_argument(in, given_errors, "encode() argument 'errors'"));
  std::string bytes;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view one = text.substr(at, character_bytes(text[at]));
    at += one.size();
    const char32_t code = code_point(one);
    if (code < (latin ? 0x100 : 0x80)) {
      bytes += static_cast<char>(code);
    } else if (errors == "replace") {
      bytes += '?';
    } else if (errors != "ignore") {
      in.raise(in.exception("UnicodeEncodeError"),
               fmt::format("'{}' codec can't encode character in position {}: ordinal not in range({})",
                           latin ? "latin-1" : "ascii", character_offset(text, at - one.size()), latin ? 256 : 128));
    }
  }
  return bytes_value(in, bytes);
}

// "template".format(...); a mapping as the only argument is format_map.
Value str_format(Interpreter& in, const Arguments& arguments, const Value&) {
  const std::string_view pattern = text_self(in, arguments);
  Dict* keywords = in.dict();
  for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
    dict_set(in.arena, keywords, arguments.keywords[i].name, arguments.keywords[i].value);
  }
  return format_template(in, pattern, {arguments.positional + 1, arguments.count - 1}, Value::of(keywords));
}
Value str_format_map(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, mapping] = method_arguments<"self, mapping">(in, "format_map", arguments);
  return format_template(in, text_self(in, arguments), {}, mapping);
}

// A table for translate(): characters to characters, strings or None.
Value str_maketrans(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [x, y, z] = function_arguments<"x, y=, z=">(in, "maketrans", arguments);
  Dict* table = in.dict();
  if (arguments.count == 1) {
    const Value& given = unwrap(x);
    if (!given.is(Kind::kDict)) in.raise_type_error("if you give only one argument to maketrans it must be a dict");
    for (const Dict::Entry& entry : given.as<Dict>()->entries) {
      if (entry.key.missing()) continue;
      const bool text = entry.key.is(Kind::kStr);
      if (text && text_length(entry.key.as<Str>()->view()) != 1)
        in.raise_value_error("string keys in translate table must be of length 1");
      dict_set(in.arena, table, text ? Value::of(std::int64_t{code_point(entry.key.as<Str>()->view())}) : entry.key,
               entry.value);
    }
    return Value::of(table);
  }
  const List* from = in.collect(x);
  const List* to = in.collect(y);
  if (from->items.count != to->items.count)
    in.raise_value_error("the first two maketrans arguments must have equal length");
  const auto code = [](const Value& one) { return Value::of(std::int64_t{code_point(one.as<Str>()->view())}); };
  for (std::uint32_t i = 0; i < from->items.count; ++i)
    dict_set(in.arena, table, code(from->items[i]), code(to->items[i]));
  if (arguments.count == 3) {
    for (const Value& gone : in.collect(z)->items) dict_set(in.arena, table, code(gone), Value::none());
  }
  return Value::of(table);
}

Value str_translate(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, table] = method_arguments<"self, table">(in, "translate", arguments);
  const std::string_view text = text_self(in, arguments);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view one = text.substr(at, character_bytes(text[at]));
    at += one.size();
    in.step();
    const Value key = Value::of(std::int64_t{code_point(one)});
    Value to;
    const Value& plain = unwrap(table);
    if (plain.is(Kind::kDict)) {
      const Value* found = dict_find(plain.as<Dict>(), key);
      if (found != nullptr) to = *found;
    } else {
      try {
        to = in.item(table, key);
      } catch (const PyRaise& raised) {
        if (!in.is_instance(raised.exception, Value::of(in.exception("LookupError")))) throw;
      }
    }
    if (to.unknown()) return to;
    if (to.missing()) {
      out += one;
    } else if (to.is(Kind::kStr)) {
      out += to.as<Str>()->view();
    } else if (!to.is_none()) {
      const std::int64_t code = in.to_int(to);
      if (code < 0 || code > 0x10ffff) in.raise_value_error("character mapping must be in range(0x110000)");
      append_code_point(out, static_cast<char32_t>(code));
    }
  }
  return in.string(out);
}

}  // namespace

std::string_view text_self(Interpreter& in, const Arguments& arguments) {
  return receiver<Str>(in, arguments, Kind::kStr, "str")->view();
}

void fill_str(Interpreter& in) {
  Class* str = in.classes.str;
  in.static_method(str, "__new__", spread<str_new>);
  in.static_method(str, "maketrans", spread<str_maketrans>);
  add_container_methods(in, str, true);
  add_operators(in, str, {"add__", "mul__", "mod__"});
  add_comparisons(in, str, true);
  add_text_methods(in, str);
  add_methods(in, str,
              {{"encode", spread<str_encode>},
               {"format", known_receiver<str_format>},
               {"format_map", spread<str_format_map>},
               {"translate", spread<str_translate>}});
  fill_str_search(in, str);
  fill_str_parts(in, str);
  fill_str_shape(in, str);
}

}  // namespace ckptlint::python

// str: what it does as a value, its construction and encoding.  Other methods are in the files beside this.
#include "python/types/str.h"

#include <fmt/format.h>

#include "base/python_hash.h"
#include "python/evaluate/format_spec.h"
#include "python/evaluate/printer.h"
#include "python/types/rows.h"
#include "python/types/sequence.h"
#include "python/values/limits.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

// ---- slots

Truth str_truth(Interpreter&, const Value& value) { return truth_of(value.as<Str>()->length != 0); }

Value str_length(Interpreter&, const Value& value) { return Value::of(text_length(value.as<Str>()->view())); }

std::optional<std::uint64_t> str_hash(Interpreter& in, const Value& value, int) {
  in.step(value.as<Str>()->length / 64);
  return python_hash(value.as<Str>()->view());
}

std::string quoted(std::string_view text) {
  const bool single = text.find('\'') == std::string_view::npos || text.find('"') != std::string_view::npos;
  const char quote = single ? '\'' : '"';
  std::string out(1, quote);
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view one = text.substr(at, character_bytes(text[at]));
    at += one.size();
    const char32_t code = code_point(one);
    switch (code) {
      case '\n':
        out += "\\n";
        continue;
      case '\r':
        out += "\\r";
        continue;
      case '\t':
        out += "\\t";
        continue;
      case '\\':
        out += "\\\\";
        continue;
      default:
        break;
    }
    if (code == static_cast<char32_t>(quote)) {
      out += '\\';
      out += quote;
    } else if (is_printable(code)) {
      out += one;
    } else {
      out += escaped(code);
    }
  }
  return out + quote;
}

void repr_str(Printer& printer, const Value& value) { printer.out += quoted(value.as<Str>()->view()); }
void str_of_str(Printer& printer, const Value& value) { printer.out += value.as<Str>()->view(); }

Value format_str(Interpreter& in, const Value& value, std::string_view spec, std::string_view type) {
  return formatted_text(in, value.as<Str>()->view(), parse_format_spec(in, spec, type));
}

bool next_of_str(Interpreter& in, Iteration& iteration, Value& out) {
  const std::string_view text = iteration.source.as<Str>()->view();
  const auto at = static_cast<std::size_t>(iteration.at);
  if (at >= text.size()) return false;
  const std::string_view one = text.substr(at, character_bytes(text[at]));
  iteration.at += static_cast<std::int64_t>(one.size());
  out = character(in, one);
  return true;
}

Truth str_contains(Interpreter& in, const Value& container, const Value& value) {
  if (value.unknown()) return Truth::kUnknown;
  const Str* text = as_text(value);
  if (text == nullptr) {
    in.raise_type_error(fmt::format("'in <string>' requires string as left operand, not {}", in.type_name(value)));
  }
  in.step(container.as<Str>()->length / 64);
  return truth_of(container.as<Str>()->view().find(text->view()) != std::string_view::npos);
}

std::string sliced_text(std::string_view text, const SliceBounds& bounds) {
  if (bounds.step == 1) return std::string(text_between(text, bounds.start, bounds.start + bounds.count));
  std::string out;
  if (is_ascii(text)) {
    for (std::int64_t i = 0; i < bounds.count; ++i)
      out += text[static_cast<std::size_t>(bounds.start + i * bounds.step)];
    return out;
  }
  std::vector<std::string_view> characters;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = character_bytes(text[at]);
    characters.push_back(text.substr(at, bytes));
    at += bytes;
  }
  for (std::int64_t i = 0; i < bounds.count; ++i) {
    out += characters[static_cast<std::size_t>(bounds.start + i * bounds.step)];
  }
  return out;
}

Value str_item(Interpreter& in, const Value& object, const Value& key) {
  if (key.unknown()) return key;
  const std::string_view text = object.as<Str>()->view();
  const std::int64_t length = text_length(text);
  if (!key.is(Kind::kSlice)) {
    const std::int64_t at = sequence_index(in, key, length, "string");
    return character(in, text_between(text, at, at + 1));
  }
  const auto bounds = slice_bounds(in, key.as<Slice>(), length);
  return bounds ? in.string(sliced_text(text, *bounds)) : unknown_part(key.as<Slice>());
}

// UTF-8 sorts as its code points do.
Value str_order(Interpreter&, Operator op, const Value& left, const Value& right) {
  if (!right.is(Kind::kStr)) return {};
  return Value::of(holds(op, left.as<Str>()->view().compare(right.as<Str>()->view())));
}

Value joined_texts(Interpreter& in, const Value& left, const Value& right) {
  if (!right.is(Kind::kStr)) raise_not_concatenable(in, left, right);
  const std::string_view a = left.as<Str>()->view();
  const std::string_view b = right.as<Str>()->view();
  if (a.size() + b.size() > kMaxTextBytes) return in.unknown("a very long string");
  std::string joined(a);
  return in.string(joined += b);
}

Value repeated_text(Interpreter& in, const Value& sequence, const Value& count) {
  const std::string_view text = sequence.as<Str>()->view();
  const std::int64_t times = repetitions(in, count, text.size(), kMaxTextBytes);
  if (times < 0) return in.unknown("a very long string");
  std::string out;
  out.reserve(text.size() * static_cast<std::size_t>(times));
  for (std::int64_t i = 0; i < times; ++i) out += text;
  return in.string(out);
}

Value str_binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (op == Operator::kMul) return multiplied(in, Kind::kStr, left, right, repeated_text);
  if (!left.is(Kind::kStr)) return not_implemented();
  if (op == Operator::kAdd) return joined_texts(in, left, right);
  return op == Operator::kMod ? percent_format(in, left.as<Str>()->view(), right) : not_implemented();
}

// ---- methods

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

constinit const TypeSlots kStrSlots = {
    .type = &Interpreter::Classes::str,
    .truth = str_truth,
    .length = str_length,
    .hash = str_hash,
    .repr = repr_str,
    .str = str_of_str,
    .format = format_str,
    .iterate = walk_itself,
    .next = next_of_str,
    .contains = str_contains,
    .item = str_item,
    .order = str_order,
    .binary = str_binary,
};

Value character(Interpreter& in, std::string_view bytes) {
  return bytes.size() == 1 ? Value::of(in.intern(bytes)) : in.string(bytes);
}

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

// bytes.  What it shares with str is done by str on its content, one character a byte, where that is all ASCII.
#include <fmt/format.h>

#include "base/python_hash.h"
#include "python/evaluate/printer.h"
#include "python/types/rows.h"
#include "python/types/sequence.h"
#include "python/values/limits.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

// ---- slots

Value bytes_length(Interpreter&, const Value& value) { return Value::of(value.as<Bytes>()->data.size()); }

std::optional<std::uint64_t> bytes_hash(Interpreter& in, const Value& value, int) {
  in.step(value.as<Bytes>()->data.size() / 64);
  return python_hash_bytes(value.as<Bytes>()->data);
}

std::string quoted_bytes(std::string_view data) {
  const bool single = data.find('\'') == std::string_view::npos || data.find('"') != std::string_view::npos;
  const char quote = single ? '\'' : '"';
  std::string out = "b";
  out += quote;
  for (const char c : data) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + quote;
}

void repr_bytes(Printer& printer, const Value& value) { printer.out += quoted_bytes(value.as<Bytes>()->data); }

Value byte_at(std::string_view data, std::int64_t at) {
  return Value::of(std::int64_t{static_cast<unsigned char>(data[static_cast<std::size_t>(at)])});
}

bool next_of_bytes(Interpreter&, Iteration& iteration, Value& out) {
  const std::string_view data = iteration.source.as<Bytes>()->data;
  if (static_cast<std::size_t>(iteration.at) >= data.size()) return false;
  out = byte_at(data, iteration.at++);
  return true;
}

Truth bytes_contains(Interpreter& in, const Value& container, const Value& value) {
  const std::string_view data = container.as<Bytes>()->data;
  if (value.is(Kind::kBytes)) return truth_of(data.find(value.as<Bytes>()->data) != std::string_view::npos);
  if (value.unknown()) return Truth::kUnknown;
  return truth_of(data.find(static_cast<char>(in.to_int(value))) != std::string_view::npos);
}

Value bytes_item(Interpreter& in, const Value& object, const Value& key) {
  if (key.unknown()) return key;
  const std::string_view data = object.as<Bytes>()->data;
  const auto length = static_cast<std::int64_t>(data.size());
  if (!key.is(Kind::kSlice)) return byte_at(data, sequence_index(in, key, length, "bytes"));
  const auto bounds = slice_bounds(in, key.as<Slice>(), length);
  if (!bounds) return unknown_part(key.as<Slice>());
  std::string out;
  for (std::int64_t i = 0; i < bounds->count; ++i)
    out += data[static_cast<std::size_t>(bounds->start + i * bounds->step)];
  return bytes_value(in, out);
}

Value bytes_order(Interpreter&, Operator op, const Value& left, const Value& right) {
  if (!right.is(Kind::kBytes)) return {};
  return Value::of(holds(op, left.as<Bytes>()->data.compare(right.as<Bytes>()->data)));
}

Value joined_bytes(Interpreter& in, const Value& left, const Value& right) {
  if (!right.is(Kind::kBytes)) in.raise_type_error(fmt::format("can't concat {} to bytes", in.type_name(right)));
  const std::string_view a = left.as<Bytes>()->data;
  const std::string_view b = right.as<Bytes>()->data;
  if (a.size() + b.size() > kMaxTextBytes) return in.unknown("a very long string");
  std::string joined(a);
  return bytes_value(in, joined += b);
}

Value repeated_bytes(Interpreter& in, const Value& sequence, const Value& count) {
  const std::string_view data = sequence.as<Bytes>()->data;
  const std::int64_t times = repetitions(in, count, data.size(), kMaxTextBytes);
  if (times < 0) return in.unknown("a very long string");
  std::string out;
  out.reserve(data.size() * static_cast<std::size_t>(times));
  for (std::int64_t i = 0; i < times; ++i) out += data;
  return bytes_value(in, out);
}

Value bytes_binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (op == Operator::kMul) return multiplied(in, Kind::kBytes, left, right, repeated_bytes);
  if (!left.is(Kind::kBytes)) return not_implemented();
  if (op == Operator::kAdd) return joined_bytes(in, left, right);
  return op == Operator::kMod ? in.unknown("bytes % values") : not_implemented();
}

// ---- methods

std::string_view bytes_self(Interpreter& in, const Arguments& arguments) {
  return receiver<Bytes>(in, arguments, Kind::kBytes, "bytes")->data;
}

Value bytes_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, source, encoding, errors] = bind<"cls, source=, encoding=, errors=">(in, "bytes", arguments);
  Value made = bytes_value(in, "");
  const Value& given = unwrap(source);
  if (given.is(Kind::kStr)) {
    if (encoding.missing()) in.raise_type_error("string argument without an encoding");
    made = in.call_method(given, in.intern("encode"), {encoding});
  } else if (given.is(Kind::kBytes)) {
    made = given;
  } else if (given.is_integral()) {
    if (given.as_int() < 0) in.raise_value_error("negative count");
    if (static_cast<std::uint64_t>(given.as_int()) > kMaxTextBytes) return in.unknown("a very long bytes object");
    made = bytes_value(in, std::string(static_cast<std::size_t>(given.as_int()), '\0'));
  } else if (!given.missing()) {
    std::string data;
    for (const Value& item : in.collect(given)->items) {
      const std::int64_t byte = in.to_int(item);
      if (byte < 0 || byte > 255) in.raise_value_error("bytes must be in range(0, 256)");
      data += static_cast<char>(byte);
    }
    made = bytes_value(in, data);
  }
  return as_instance_of(in, cls, in.classes.bytes, made);
}

// Bytes of the UTF-8 sequence at the front; 0 where it is not one.
std::size_t utf8_sequence(std::string_view data) {
  const auto lead = static_cast<unsigned char>(data[0]);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const std::size_t bytes = character_bytes(data[0]);
  if (data.size() < bytes) return 0;
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((static_cast<unsigned char>(data[i]) & 0xc0) != 0x80) return 0;
  }
  const char32_t code = code_point(data.substr(0, bytes));
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  return overlong || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff ? 0 : bytes;
}

Value bytes_decode(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_encoding, given_errors] = bind<"self, encoding=, errors=">(in, "decode", arguments);
  const std::string_view data = bytes_self(in, arguments);
  std::string encoding = "utf-8";
  if (!given_encoding.missing()) encoding = text_argument(in, given_encoding, "decode() argument 'encoding'");
  for (char& c : encoding) c = c == '_' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  const std::string errors(given_errors.missing() ? "strict"
                                                  : text_argument(in, given_errors, "decode() argument 'errors'"));
  const bool latin = encoding == "latin-1" || encoding == "latin1" || encoding == "iso-8859-1";
  const bool utf8 = encoding == "utf-8" || encoding == "utf8" || encoding == "u8";
  if (!latin && !utf8 && encoding != "ascii" && encoding != "us-ascii")
    return in.unknown("bytes in an encoding that is not modelled");
  std::string text;
  for (std::size_t at = 0; at < data.size();) {
    const std::size_t bytes = latin  ? 1
                              : utf8 ? utf8_sequence(data.substr(at))
                                     : (static_cast<unsigned char>(data[at]) < 0x80 ? 1 : 0);
    if (bytes == 0) {
      if (errors == "strict") {
        in.raise(in.exception("UnicodeDecodeError"),
                 fmt::format("'{}' codec can't decode byte 0x{:02x} in position {}: invalid {}", encoding,
                             static_cast<unsigned char>(data[at]), at, utf8 ? "start byte" : "byte"));
      }
      if (errors == "replace") text += "\xef\xbf\xbd";
      ++at;
      continue;
    }
    if (latin) {
      append_code_point(text, static_cast<unsigned char>(data[at]));
    } else {
      text += data.substr(at, bytes);
    }
    at += bytes;
  }
  return in.string(text);
}

Value bytes_hex(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, sep, bytes_per_sep] = method_arguments<"self, sep=, bytes_per_sep=">(in, "hex", arguments);
  const std::string_view data = bytes_self(in, arguments);
  const std::string_view separator = arguments.count > 1 ? text_argument(in, sep, "sep") : "";
  std::string out;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (i > 0) out += separator;
    out += fmt::format("{:02x}", static_cast<unsigned char>(data[i]));
  }
  return in.string(out);
}

Value bytes_from_hex(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, string] = method_arguments<"cls, string">(in, "fromhex", arguments);
  std::string digits;
  for (const char c : text_argument(in, string, "fromhex() argument")) {
    if (c == ' ' || c == '\t' || c == '\n') continue;
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0)
      in.raise_value_error("non-hexadecimal number found in fromhex() arg");
    digits += c;
  }
  if (digits.size() % 2 != 0) in.raise_value_error("non-hexadecimal number found in fromhex() arg");
  std::string data;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    data += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes_value(in, data);
}

// Bytes as the string whose characters have their numbers, and back: how bytes borrow the methods of str.
Value to_text(Interpreter& in, const Value& value) {
  const Value& plain = unwrap(value);
  if (plain.is(Kind::kTuple)) {
    std::vector<Value> items;
    for (const Value& item : *plain.as<Tuple>()) items.push_back(to_text(in, item));
    return in.tuple(items.data(), items.size());
  }
  if (plain.is(Kind::kList)) {
    List* made = in.list();
    for (const Value& item : plain.as<List>()->items) made->items.push(in.arena, to_text(in, item));
    return Value::of(made);
  }
  if (plain.is(Kind::kStr)) in.raise_type_error("a bytes-like object is required, not 'str'");
  if (!plain.is(Kind::kBytes)) return value;
  std::string text;
  for (const char c : plain.as<Bytes>()->data) append_code_point(text, static_cast<unsigned char>(c));
  return in.string(text);
}
Value to_bytes(Interpreter& in, const Value& value) {
  if (value.is(Kind::kStr)) {
    std::string data;
    const std::string_view text = value.as<Str>()->view();
    for (std::size_t at = 0; at < text.size(); at += character_bytes(text[at]))
      data += static_cast<char>(code_point(text.substr(at)));
    return bytes_value(in, data);
  }
  if (value.is(Kind::kTuple)) {
    std::vector<Value> items;
    for (const Value& item : *value.as<Tuple>()) items.push_back(to_bytes(in, item));
    return in.tuple(items.data(), items.size());
  }
  if (value.is(Kind::kList)) {
    List* made = in.list();
    for (const Value& item : value.as<List>()->items) made->items.push(in.arena, to_bytes(in, item));
    return Value::of(made);
  }
  return value;
}

// Data: the name of the method of str.
Value borrowed(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  bytes_self(in, arguments);
  const std::string_view name = data.as<Str>()->view();
  if (name.ends_with("swith") && arguments[1].is(Kind::kStr)) {
    in.raise_type_error(fmt::format("{} first arg must be bytes or a tuple of bytes, not str", name));
  }
  std::vector<Value> given;
  for (std::size_t i = 0; i < arguments.count; ++i) {
    given.push_back(i == 1 && arguments[i].is(Kind::kIterator) ? to_text(in, Value::of(in.collect(arguments[i])))
                                                               : to_text(in, arguments[i]));
  }
  const Value* method = in.class_lookup(in.classes.str, data.as<Str>());
  return to_bytes(in,
                  in.call(*method, Arguments{given.data(), given.size(), arguments.keywords, arguments.keyword_count}));
}

}  // namespace

constinit const TypeSlots kBytesSlots = {
    .type = &Interpreter::Classes::bytes,
    .truth = truth_by_length,
    .length = bytes_length,
    .hash = bytes_hash,
    .repr = repr_bytes,
    .iterate = walk_itself,
    .next = next_of_bytes,
    .contains = bytes_contains,
    .item = bytes_item,
    .order = bytes_order,
    .binary = bytes_binary,
};

Value bytes_value(Interpreter& in, std::string_view data) {
  in.step(data.size() / 64);
  Bytes* made = in.arena.make<Bytes>();
  made->kind = Kind::kBytes;
  made->data = in.arena.copy(data);
  return Value::of(made);
}

void fill_bytes(Interpreter& in) {
  Class* bytes = in.classes.bytes;
  in.static_method(bytes, "__new__", spread<bytes_new>);
  in.class_method(bytes, "fromhex", spread<bytes_from_hex>);
  add_container_methods(in, bytes, true);
  add_operators(in, bytes, {"add__", "mul__", "mod__"});
  add_comparisons(in, bytes, true);
  add_text_methods(in, bytes);
  add_methods(in, bytes, {{"decode", spread<bytes_decode>}, {"hex", spread<bytes_hex>}});
  for (const char* name :
       {"find",         "rfind",        "index",      "rindex",     "count",  "startswith", "endswith", "replace",
        "removeprefix", "removesuffix", "strip",      "lstrip",     "rstrip", "split",      "rsplit",   "partition",
        "rpartition",   "join",         "splitlines", "expandtabs", "upper",  "lower",      "swapcase", "title",
        "capitalize",   "center",       "ljust",      "rjust",      "zfill",  "isalpha",    "isalnum",  "isdigit",
        "isspace",      "isupper",      "islower",    "istitle",    "isascii"}) {
    in.method(bytes, name, borrowed, Value::of(in.intern(name)));
  }
}

}  // namespace ckptlint::python

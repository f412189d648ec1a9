// The methods of bytes.  What it shares with str is done by str on its content, one character a byte, where that is all
// ASCII.
#include <fmt/format.h>

#include <cctype>

#include "base/utf8.h"
#include "python/types/rows.h"
#include "python/types/sequence.h"
#include "python/values/limits.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

std::string_view bytes_self(Interpreter& in, const Arguments& arguments) {
  return receiver<Bytes>(in, arguments, Kind::kBytes, "bytes")->data;
}

Value bytes_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, source, encoding, errors] = bind<"cls, source=, encoding=, errors=">(in, "bytes", arguments);
  Value made = bytes_value(in, "");
  const Value& given = unwrap(source);
  Value* hook = given.is(Kind::kInstance) ? in.class_lookup(in.type_of(given), in.intern("__bytes__")) : nullptr;
  if (hook != nullptr) {
    made = in.call(in.bind_to(*hook, given, in.type_of(given)), {});
  } else if (given.is(Kind::kStr)) {
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
  const Utf8Step step = decode_utf8(data);
  return step.valid ? step.length : 0;
}

// Bytes at the front that are ASCII, or UTF-8: of most files all, and they have tens of megabytes.
std::size_t ascii_length(std::string_view data) {
  std::size_t at = 0;
  while (data.size() - at >= 8 && is_ascii(data.substr(at, 8))) at += 8;
  while (at < data.size() && static_cast<unsigned char>(data[at]) < 0x80) ++at;
  return at;
}
std::size_t utf8_length(std::string_view data) {
  std::size_t at = 0;
  while (true) {
    at += ascii_length(data.substr(at));
    if (at == data.size()) return at;
    while (at < data.size() && static_cast<unsigned char>(data[at]) >= 0x80) {
      const std::size_t bytes = utf8_sequence(data.substr(at));
      if (bytes == 0) return at;
      at += bytes;
    }
  }
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
  in.step(data.size() / 64);
  const std::size_t valid = utf8 ? utf8_length(data) : latin ? 0 : ascii_length(data);
  if (valid == data.size()) return in.string_of(data);
  std::string text(data.substr(0, valid));
  for (std::size_t at = valid; at < data.size();) {
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
  const auto [self, prefix] = by_position<"self, prefix=">(arguments);
  if (name.ends_with("swith") && prefix.is(Kind::kStr)) {
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

// json: loads and dumps over values.
#include <cmath>
#include <string>

#include "base/utf8.h"
#include "library/library.h"
#include "library/stdlib/values.h"
#include "python/nesting.h"
#include "python/number_text.h"

namespace ckptlint::python {
namespace {

Class* decode_error(Interpreter& in) {
  return dict_find(in.native_module("json", false)->attributes, in.intern("JSONDecodeError"))->as<Class>();
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

class Reader {
 public:
  Reader(Interpreter& in, std::string_view text) : in_(in), text_(text) {}

  Value whole() {
    Value value = element();
    skip_space();
    if (at_ != text_.size()) fail("Extra data");
    return value;
  }

 private:
  [[noreturn]] void fail(const char* what) {
    std::size_t line = 1, start = 0;
    for (std::size_t i = 0; i < at_ && i < text_.size(); ++i) {
      if (text_[i] == '\n') {
        ++line;
        start = i + 1;
      }
    }
    in_.raise(decode_error(in_), std::string(what) + ": line " + std::to_string(line) + " column " + std::to_string(at_ - start + 1) +
                                     " (char " + std::to_string(at_) + ")");
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) ++at_;
  }

  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  Value element() {
    Nesting nesting(in_);
    in_.step();
    skip_space();
    if (at_ >= text_.size()) fail("Expecting value");
    switch (text_[at_]) {
      case '{': return object();
      case '[': return array();
      case '"': return in_.string(string());
      default: break;
    }
    if (take("true")) return Value::of(true);
    if (take("false")) return Value::of(false);
    if (take("null")) return Value::none();
    if (take("NaN")) return Value::of(std::nan(""));
    if (take("Infinity")) return Value::of(HUGE_VAL);
    if (take("-Infinity")) return Value::of(-HUGE_VAL);
    return number();
  }

  Value number() {
    auto digits = [&](std::size_t at) {
      while (at < text_.size() && text_[at] >= '0' && text_[at] <= '9') ++at;
      return at;
    };
    std::size_t begin = at_, end = at_ + (text_[at_] == '-' ? 1 : 0);
    std::size_t whole = digits(end);
    if (whole == end || (text_[end] == '0' && whole != end + 1)) fail("Expecting value");
    end = whole;
    bool real = false;
    if (end < text_.size() && text_[end] == '.' && digits(end + 1) != end + 1) {
      real = true;
      end = digits(end + 1);
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      std::size_t exponent = end + 1;
      if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) ++exponent;
      if (digits(exponent) != exponent) {
        real = true;
        end = digits(exponent);
      }
    }
    at_ = end;
    std::string_view text = text_.substr(begin, end - begin);
    if (real) return Value::of(parse_float(text).value_or(0));
    bool too_big = false;
    Value value = parse_integer(in_.arena, text, 10, too_big);
    return value.missing() ? in_.unknown("a number with very many digits") : value;
  }

  std::uint32_t hex4() {
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      char c = at_ < text_.size() ? text_[at_] : '\0';
      int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
      if (digit < 0) fail("Invalid \\uXXXX escape");
      code = code * 16 + static_cast<std::uint32_t>(digit);
    }
    return code;
  }

  std::string string() {
    std::string out;
    ++at_;
    while (true) {
      if (at_ >= text_.size()) fail("Unterminated string");
      char c = text_[at_];
      if (c == '"') {
        ++at_;
        return out;
      }
      if (static_cast<unsigned char>(c) < 0x20) fail("Invalid control character at");
      if (c != '\\') {
        out += c;
        ++at_;
        continue;
      }
      char escape = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
      at_ += 2;
      switch (escape) {
        case '"': case '\\': case '/': out += escape; break;
        case 'b': out += '\b'; break;
        case 'f': out += '\f'; break;
        case 'n': out += '\n'; break;
        case 'r': out += '\r'; break;
        case 't': out += '\t'; break;
        case 'u': {
          std::uint32_t code = hex4();
          if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_, 2) == "\\u") {
            at_ += 2;
            std::uint32_t low = hex4();
            if (low >= 0xdc00 && low < 0xe000) code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          }
          append_utf8(out, code);
          break;
        }
        default: fail("Invalid \\escape");
      }
    }
  }

  Value array() {
    List* list = in_.list();
    ++at_;
    skip_space();
    if (take("]")) return Value::of(list);
    while (true) {
      list->items.push(in_.arena, element());
      skip_space();
      if (take("]")) return Value::of(list);
      if (!take(",")) fail("Expecting ',' delimiter");
    }
  }

  Value object() {
    Dict* dict = in_.dict();
    ++at_;
    skip_space();
    if (take("}")) return Value::of(dict);
    while (true) {
      skip_space();
      if (at_ >= text_.size() || text_[at_] != '"') fail("Expecting property name enclosed in double quotes");
      std::string key = string();
      skip_space();
      if (!take(":")) fail("Expecting ':' delimiter");
      Value value = element();
      dict_set(in_.arena, dict, in_.string(key), value);
      skip_space();
      if (take("}")) return Value::of(dict);
      if (!take(",")) fail("Expecting ',' delimiter");
    }
  }

  Interpreter& in_;
  std::string_view text_;
  std::size_t at_ = 0;
};

struct Style {
  int indent = -1;
  bool sort_keys = false;
  bool ascii = true;
  std::string item = ", ", colon = ": ";
  Value fallback;
};

class Writer {
 public:
  Writer(Interpreter& in, const Style& style) : in_(in), style_(style) {}

  void element(const Value& given, int level) {
    Nesting nesting(in_);
    in_.step();
    Value value = plain(given);
    switch (value.kind) {
      case Kind::kNone: out += "null"; return;
      case Kind::kBool: out += value.boolean ? "true" : "false"; return;
      case Kind::kInt: case Kind::kBigInt: out += in_.repr(value); return;
      case Kind::kFloat: real(value.real); return;
      case Kind::kStr: string(value.as<Str>()->view()); return;
      case Kind::kDict: dict(value.as<Dict>(), level); return;
      case Kind::kList: {
        auto* list = value.as<List>();
        sequence(std::vector<Value>(list->items.begin(), list->items.end()), level);
        return;
      }
      case Kind::kTuple: {
        auto* tuple = value.as<Tuple>();
        sequence(std::vector<Value>(tuple->begin(), tuple->end()), level);
        return;
      }
      default: break;
    }
    if (style_.fallback.missing() || style_.fallback.is_none()) {
      in_.raise_type_error("Object of type " + in_.type_name(given) + " is not JSON serializable");
    }
    element(in_.call(style_.fallback, {given}), level);
  }

  std::string out;

 private:
  void real(double value) {
    if (std::isnan(value)) out += "NaN";
    else if (std::isinf(value)) out += value > 0 ? "Infinity" : "-Infinity";
    else out += float_repr(value);
  }

  void line(int level) {
    if (style_.indent < 0) return;
    out += '\n';
    out.append(static_cast<std::size_t>(style_.indent) * static_cast<std::size_t>(level), ' ');
  }

  void escape(std::uint32_t code) {
    constexpr const char* kHex = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(code >> shift) & 0xf];
  }

  void string(std::string_view text) {
    in_.step(text.size() / 64);
    out += '"';
    for (std::size_t i = 0; i < text.size();) {
      unsigned char c = static_cast<unsigned char>(text[i]);
      if (c < 0x80) {
        switch (c) {
          case '"': out += "\\\""; break;
          case '\\': out += "\\\\"; break;
          case '\n': out += "\\n"; break;
          case '\r': out += "\\r"; break;
          case '\t': out += "\\t"; break;
          case '\b': out += "\\b"; break;
          case '\f': out += "\\f"; break;
          default:
            if (c < 0x20) escape(c);
            else out += static_cast<char>(c);
        }
        ++i;
        continue;
      }
      std::size_t length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
      if (i + length > text.size()) length = 1;
      if (!style_.ascii || length == 1) {
        out.append(text.substr(i, length));
      } else {
        std::uint32_t code = length == 4 ? c & 0x07u : length == 3 ? c & 0x0fu : c & 0x1fu;
        for (std::size_t k = 1; k < length; ++k) code = (code << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3fu);
        if (code >= 0x10000) {
          escape(0xd800 + ((code - 0x10000) >> 10));
          escape(0xdc00 + ((code - 0x10000) & 0x3ff));
        } else {
          escape(code);
        }
      }
      i += length;
    }
    out += '"';
  }

  void sequence(const std::vector<Value>& items, int level) {
    if (items.empty()) {
      out += "[]";
      return;
    }
    out += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i != 0) out += style_.item;
      line(level + 1);
      element(items[i], level + 1);
    }
    line(level);
    out += ']';
  }

  std::string key_text(const Value& given) {
    Value key = plain(given);
    switch (key.kind) {
      case Kind::kStr: return std::string(key.as<Str>()->view());
      case Kind::kNone: return "null";
      case Kind::kBool: return key.boolean ? "true" : "false";
      case Kind::kInt: case Kind::kBigInt: case Kind::kFloat: return in_.repr(key);
      default: in_.raise_type_error("keys must be str, int, float, bool or None, not " + in_.type_name(given));
    }
  }

  void dict(const Dict* dict, int level) {
    std::vector<std::pair<Value, Value>> items;
    for (const Dict::Entry& entry : dict->entries) {
      if (!entry.key.missing()) items.emplace_back(entry.key, entry.value);
    }
    if (items.empty()) {
      out += "{}";
      return;
    }
    if (style_.sort_keys) {
      List* keys = in_.list();
      for (const auto& item : items) keys->items.push(in_.arena, item.first);
      Value sorted = in_.call(in_.import_name("builtins", "sorted"), {Value::of(keys)});
      items.clear();
      for (const Value& key : in_.collect(sorted)->items) items.emplace_back(key, *dict_find(const_cast<Dict*>(dict), key));
    }
    out += '{';
    bool first = true;
    for (const auto& [key, value] : items) {
      if (!first) out += style_.item;
      first = false;
      line(level + 1);
      string(key_text(key));
      out += style_.colon;
      element(value, level + 1);
    }
    line(level);
    out += '}';
  }

  Interpreter& in_;
  const Style& style_;
};

Value json_loads(Interpreter& in, const Arguments& arguments, const Value&) {
  Value out[8];
  in.bind("loads", arguments, "s, *, cls=, object_hook=, parse_float=, parse_int=, parse_constant=, object_pairs_hook=", out);
  if (out[0].unknown()) return out[0];
  for (int i = 2; i < 8; ++i) {
    if (!out[i].missing() && !out[i].is_none()) return in.unknown("json.loads with hooks of its own");
  }
  if (out[0].is(Kind::kBytes)) return Reader(in, out[0].as<Bytes>()->data).whole();
  Str* text = as_str(out[0]);
  if (text == nullptr) in.raise_type_error("the JSON object must be str, bytes or bytearray, not " + in.type_name(out[0]));
  return Reader(in, text->view()).whole();
}

Value json_load(Interpreter& in, const Arguments&, const Value&) { return in.unknown("the contents of a file"); }

Value json_dumps(Interpreter& in, const Arguments& arguments, const Value&) {
  Value out[10];
  in.bind("dumps", arguments,
          "obj, *, skipkeys=, ensure_ascii=, check_circular=, allow_nan=, cls=, indent=, separators=, default=, sort_keys=", out);
  Style style;
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
  Writer writer(in, style);
  writer.element(out[0], 0);
  return in.string(writer.out);
}

}  // namespace

void install_json(Interpreter& in) {
  Module* module = in.native_module("json", false);
  Class* error = in.make_class("JSONDecodeError", {in.exception("ValueError")}, Layout::kException);
  in.define(module, "JSONDecodeError", Value::of(error));
  for (const char* name : {"JSONEncoder", "JSONDecoder"}) in.define(module, name, Value::of(in.make_class(name, {in.classes.object})));
  in.define(module, "loads", json_loads);
  in.define(module, "dumps", json_dumps);
  in.define(module, "load", json_load);
  in.define(module, "dump", return_none);
  in.define(in.native_module("json.decoder", false), "JSONDecodeError", Value::of(error));
}

}  // namespace ckptlint::python

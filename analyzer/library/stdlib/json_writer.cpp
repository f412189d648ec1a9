// json.dumps: evaluated values to JSON in the style that was asked for.
#include <cmath>
#include <vector>

#include "library/stdlib/json_text.h"
#include "library/stdlib/values.h"
#include "python/evaluate/nesting.h"
#include "python/values/number_text.h"

namespace ckptlint::python {
namespace {

class Writer {
 public:
  Writer(Interpreter& in, const JsonStyle& style) : in_(in), style_(style) {}

  void element(const Value& given, int level) {
    Nesting nesting(in_);
    in_.step();
    Value value = plain(given);
    switch (value.kind) {
      case Kind::kNone:
        out += "null";
        return;
      case Kind::kBool:
        out += value.boolean ? "true" : "false";
        return;
      case Kind::kInt:
      case Kind::kBigInt:
        out += in_.repr(value);
        return;
      case Kind::kFloat:
        real(value.real);
        return;
      case Kind::kStr:
        string(value.as<Str>()->view());
        return;
      case Kind::kDict:
        dict(value.as<Dict>(), level);
        return;
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
      default:
        break;
    }
    if (style_.fallback.missing() || style_.fallback.is_none()) {
      in_.raise_type_error("Object of type " + in_.type_name(given) + " is not JSON serializable");
    }
    element(in_.call(style_.fallback, {given}), level);
  }

  std::string out;

 private:
  void real(double value) {
    if (std::isnan(value))
      out += "NaN";
    else if (std::isinf(value))
      out += value > 0 ? "Infinity" : "-Infinity";
    else
      out += float_repr(value);
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
          case '"':
            out += "\\\"";
            break;
          case '\\':
            out += "\\\\";
            break;
          case '\n':
            out += "\\n";
            break;
          case '\r':
            out += "\\r";
            break;
          case '\t':
            out += "\\t";
            break;
          case '\b':
            out += "\\b";
            break;
          case '\f':
            out += "\\f";
            break;
          default:
            if (c < 0x20)
              escape(c);
            else
              out += static_cast<char>(c);
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
      case Kind::kStr:
        return std::string(key.as<Str>()->view());
      case Kind::kNone:
        return "null";
      case Kind::kBool:
        return key.boolean ? "true" : "false";
      case Kind::kInt:
      case Kind::kBigInt:
      case Kind::kFloat:
        return in_.repr(key);
      default:
        in_.raise_type_error("keys must be str, int, float, bool or None, not " + in_.type_name(given));
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
      for (const Value& key : in_.collect(sorted)->items)
        items.emplace_back(key, *dict_find(const_cast<Dict*>(dict), key));
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
  const JsonStyle& style_;
};

}  // namespace

std::string write_json(Interpreter& in, const Value& value, const JsonStyle& style) {
  Writer writer(in, style);
  writer.element(value, 0);
  return std::move(writer.out);
}

}  // namespace ckptlint::python

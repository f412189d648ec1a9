// json.loads: JSON to evaluated values, with Python's errors.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "base/plain_length.h"
#include "library/stdlib/json_text.h"
#include "library/stdlib/values.h"
#include "python/evaluate/nesting.h"
#include "python/values/number_text.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

Class* decode_error(Interpreter& in) {
  return dict_find(in.native_module("json", false)->attributes, in.intern("JSONDecodeError"))->as<Class>();
}

class JsonReader {
 public:
  JsonReader(Interpreter& in, std::string_view text) : in_(in), text_(text) {}

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
    in_.raise(decode_error(in_), std::string(what) + ": line " + std::to_string(line) + " column " +
                                     std::to_string(at_ - start + 1) + " (char " + std::to_string(at_) + ")");
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
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
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return string();
      case 't':
        if (take("true")) return Value::of(true);
        break;
      case 'f':
        if (take("false")) return Value::of(false);
        break;
      case 'n':
        if (take("null")) return Value::none();
        break;
      case 'N':
        if (take("NaN")) return Value::of(std::nan(""));
        break;
      case 'I':
        if (take("Infinity")) return Value::of(HUGE_VAL);
        break;
      case '-':
        if (take("-Infinity")) return Value::of(-HUGE_VAL);
        break;
      default:
        break;
    }
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
    if (constexpr std::size_t kAlwaysFit = 18; !real && text.size() <= kAlwaysFit) {
      std::int64_t small = 0;
      std::from_chars(text.data(), text.data() + text.size(), small);
      return Value::of(small);
    }
    if (real) return Value::of(parse_float(text).value_or(0));
    bool too_big = false;
    Value value = parse_integer(in_.arena, text, 10, too_big);
    return value.missing() ? in_.unknown("a number with very many digits") : value;
  }

  std::uint32_t hex4() {
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      char c = at_ < text_.size() ? text_[at_] : '\0';
      int digit = c >= '0' && c <= '9'   ? c - '0'
                  : c >= 'a' && c <= 'f' ? c - 'a' + 10
                  : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                         : -1;
      if (digit < 0) fail("Invalid \\uXXXX escape");
      code = code * 16 + static_cast<std::uint32_t>(digit);
    }
    return code;
  }

  // The text lies in the arena, and so does what is cut out of it.
  Value string() {
    ++at_;
    const std::size_t begin = at_;
    while (true) {
      at_ += plain_length(text_.substr(at_));
      if (at_ >= text_.size()) fail("Unterminated string");
      const char c = text_[at_];
      if (c == '"') return in_.string_of(text_.substr(begin, at_++ - begin));
      if (c == '\\') return decoded_string(begin);
      if (static_cast<unsigned char>(c) < 0x20) fail("Invalid control character at");
      at_ += foreign_length(text_.substr(at_));
    }
  }

  // From the first backslash on.
  Value decoded_string(std::size_t begin) {
    std::string out(text_.substr(begin, at_ - begin));
    while (true) {
      if (at_ >= text_.size()) fail("Unterminated string");
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return in_.string(out);
      }
      if (static_cast<unsigned char>(c) < 0x20) fail("Invalid control character at");
      if (c != '\\') {
        out += c;
        ++at_;
        continue;
      }
      append_escape(out);
    }
  }

  void append_escape(std::string& out) {
    const char escape = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    at_ += 2;
    switch (escape) {
      case '"':
      case '\\':
      case '/':
        out += escape;
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u': {
        std::uint32_t code = hex4();
        if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_, 2) == "\\u") {
          at_ += 2;
          const std::uint32_t low = hex4();
          if (low >= 0xdc00 && low < 0xe000) code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        append_code_point(out, code);
        break;
      }
      default:
        fail("Invalid \\escape");
    }
  }

  void wait(const Value& item) {
    if (items_.size() == items_.capacity()) in_.arena.charge(items_.size() * sizeof(Value));
    items_.push_back(item);
  }

  // Items wait in `items_` until all are there: a list that grows leaves its old memory behind.
  Value array() {
    ++at_;
    skip_space();
    if (take("]")) return Value::of(in_.list());
    const std::size_t first = items_.size();
    while (true) {
      wait(element());
      skip_space();
      if (take("]")) break;
      if (!take(",")) fail("Expecting ',' delimiter");
    }
    const std::size_t count = items_.size() - first;
    List* list = in_.list(count);
    std::copy(items_.begin() + static_cast<std::ptrdiff_t>(first), items_.end(), list->items.items);
    list->items.count = static_cast<std::uint32_t>(count);
    items_.resize(first);
    return Value::of(list);
  }

  // Objects in a row mostly have the same keys: the key that the last object has at this place is taken for this one.
  Value key(std::size_t place) {
    if (at_ >= text_.size() || text_[at_] != '"') fail("Expecting property name enclosed in double quotes");
    if (last_ == nullptr || place >= last_->entries.size()) return string();
    const Value& before = last_->entries[place].key;
    const std::string_view name = before.as<Str>()->view(), rest = text_.substr(at_ + 1);
    if (!rest.starts_with(name) || !rest.substr(name.size()).starts_with('"')) return string();
    if (name.find('\\') != std::string_view::npos) return string();
    at_ += name.size() + 2;
    return before;
  }

  // Members wait as the items of an array do, as long as they are few.
  Value object() {
    Dict* dict = in_.dict();
    ++at_;
    skip_space();
    if (take("}")) return Value::of(dict);
    const std::size_t first = items_.size();
    std::size_t count = 0;
    const auto settle = [&] {
      if (dict->entries.capacity == 0) dict->entries.reserve(in_.arena, (items_.size() - first) / 2);
      for (std::size_t i = first; i < items_.size(); i += 2) dict_set(in_.arena, dict, items_[i], items_[i + 1]);
      items_.resize(first);
    };
    while (true) {
      skip_space();
      wait(key(count++));
      skip_space();
      if (!take(":")) fail("Expecting ':' delimiter");
      wait(element());
      skip_space();
      const bool ends = take("}");
      if (ends || items_.size() - first >= kFew) settle();
      if (ends) break;
      if (!take(",")) fail("Expecting ',' delimiter");
    }
    last_ = dict;
    return Value::of(dict);
  }

  Interpreter& in_;
  std::string_view text_;
  std::size_t at_ = 0;
  static constexpr std::size_t kFew = 64;
  std::vector<Value> items_;    // of the arrays and objects that are open
  const Dict* last_ = nullptr;  // the object that was read last
};

}  // namespace

Value read_json(Interpreter& in, std::string_view text) {
  in.step(text.size() / 64);
  return JsonReader(in, text).whole();
}

}  // namespace ckptlint::python

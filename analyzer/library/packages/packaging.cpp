// packaging.version: versions as PEP 440 writes and orders them.
#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "base/digits.h"
#include "library/packages/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

// Numbers of more digits than fit are cut off at the largest one: their order is all that matters.
constexpr std::int64_t kLargest = 1'000'000'000'000'000'000;

struct Parsed {
  std::int64_t epoch = 0;
  std::vector<std::int64_t> release;
  std::string pre_letter;  // "a", "b", "rc"; empty: none
  std::int64_t pre = 0, post = -1, dev = -1;
  std::string local;
};

class VersionReader {
 public:
  explicit VersionReader(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    for (char c : text) text_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }

  bool read(Parsed& out) {
    if (peek() == 'v') ++at_;
    if (!number(out.epoch)) return false;
    if (peek() == '!') {
      ++at_;
      std::int64_t first = 0;
      if (!number(first)) return false;
      out.release.push_back(first);
    } else {
      out.release.push_back(out.epoch);
      out.epoch = 0;
    }
    while (peek() == '.' && is_digit(peek(1))) {
      ++at_;
      std::int64_t part = 0;
      number(part);
      out.release.push_back(part);
    }
    pre_release(out);
    post_release(out);
    developmental(out);
    if (peek() == '+') {
      ++at_;
      if (!local(out.local)) return false;
    }
    return at_ == text_.size();
  }

 private:
  static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
  static bool is_separator(char c) { return c == '.' || c == '-' || c == '_'; }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  bool number(std::int64_t& out) {
    if (!is_digit(peek())) return false;
    out = 0;
    for (; is_digit(peek()); ++at_)
      out = std::min(kLargest, out >= kLargest / 10 ? kLargest : out * 10 + (peek() - '0'));
    return true;
  }

  // A word behind an optional separator, then an optional number behind another.
  bool labelled(std::initializer_list<std::pair<const char*, const char*>> words, std::string& letter,
                std::int64_t& value) {
    std::size_t begin = at_;
    if (is_separator(peek())) ++at_;
    for (const auto& [word, canonical] : words) {
      std::string_view name(word);
      if (std::string_view(text_).substr(at_, name.size()) != name) continue;
      at_ += name.size();
      letter = canonical;
      value = 0;
      if (is_separator(peek()) && is_digit(peek(1))) ++at_;
      number(value);
      return true;
    }
    at_ = begin;
    return false;
  }

  void pre_release(Parsed& out) {
    labelled({{"alpha", "a"},
              {"beta", "b"},
              {"preview", "rc"},
              {"pre", "rc"},
              {"rc", "rc"},
              {"a", "a"},
              {"b", "b"},
              {"c", "rc"}},
             out.pre_letter, out.pre);
  }
  void post_release(Parsed& out) {
    std::string letter;
    if (peek() == '-' && is_digit(peek(1))) {  // "1.0-1"
      ++at_;
      number(out.post);
      return;
    }
    labelled({{"post", "post"}, {"rev", "post"}, {"r", "post"}}, letter, out.post);
  }
  void developmental(Parsed& out) {
    std::string letter;
    labelled({{"dev", "dev"}}, letter, out.dev);
  }
  bool local(std::string& out) {
    bool in_part = false;
    for (; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      bool word = is_digit(c) || (c >= 'a' && c <= 'z');
      if (!word && (!is_separator(c) || !in_part)) return false;
      out += word ? c : '.';
      in_part = word;
    }
    return in_part;
  }

  std::string text_;
  std::size_t at_ = 0;
};

std::string joined(const std::vector<std::int64_t>& parts) {
  std::string text;
  for (std::int64_t part : parts) text += (text.empty() ? "" : ".") + std::to_string(part);
  return text;
}

std::string base_text(const Parsed& v) {
  return (v.epoch != 0 ? std::to_string(v.epoch) + "!" : "") + joined(v.release);
}

std::string public_text(const Parsed& v) {
  std::string text = base_text(v);
  if (!v.pre_letter.empty()) text += v.pre_letter + std::to_string(v.pre);
  if (v.post >= 0) text += ".post" + std::to_string(v.post);
  if (v.dev >= 0) text += ".dev" + std::to_string(v.dev);
  return text;
}

std::string whole_text(const Parsed& v) { return public_text(v) + (v.local.empty() ? "" : "+" + v.local); }

// Parts of a local version: numbers are higher than words, more parts higher than fewer.
std::vector<std::tuple<bool, std::int64_t, std::string>> local_key(const std::string& local) {
  std::vector<std::tuple<bool, std::int64_t, std::string>> key;
  for (std::size_t at = 0; at < local.size();) {
    std::size_t next = std::min(local.find('.', at), local.size());
    std::string part = local.substr(at, next - at);
    bool digits = part.find_first_not_of("0123456789") == std::string::npos && part.size() <= 18;
    key.emplace_back(digits, digits ? std::stoll(part) : 0, digits ? "" : part);
    at = next + 1;
  }
  return key;
}

int compare(const Parsed& a, const Parsed& b) {
  auto release = [](const Parsed& v) {
    std::vector<std::int64_t> parts = v.release;
    while (!parts.empty() && parts.back() == 0) parts.pop_back();
    return parts;
  };
  // A developmental release without pre or post part is before every pre-release; one without a pre part is behind
  // them.
  auto pre = [](const Parsed& v) {
    if (!v.pre_letter.empty()) return std::make_tuple(1, v.pre_letter, v.pre);
    bool first = v.post < 0 && v.dev >= 0;
    return std::make_tuple(first ? 0 : 2, std::string(), std::int64_t{0});
  };
  auto key = [&](const Parsed& v) {
    return std::make_tuple(v.epoch, release(v), pre(v), v.post, v.dev < 0 ? kLargest : v.dev, !v.local.empty(),
                           local_key(v.local));
  };
  auto x = key(a), y = key(b);
  return x < y ? -1 : y < x ? 1 : 0;
}

// ---- objects

Class* version_class(Interpreter& in) {
  return dict_find(in.native_module("packaging.version", false)->attributes, in.intern("Version"))->as<Class>();
}

bool parsed_of(Interpreter& in, const Value& value, Parsed& out) {
  Instance* version = instance_of(in, value, version_class(in));
  Str* text = version == nullptr ? nullptr : as_str(own(version, in.intern("_text")));
  return text != nullptr && VersionReader(text->view()).read(out);
}

Value version_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, version] = bind<"self, version">(in, "Version", arguments);
  Parsed parsed;
  Str* text = as_str(version);
  if (text == nullptr) in.raise_type_error("expected string or bytes-like object, got '" + in.type_name(version) + "'");
  if (!VersionReader(text->view()).read(parsed)) {
    Value error = *dict_find(in.native_module("packaging.version", false)->attributes, in.intern("InvalidVersion"));
    in.raise(error.as<Class>(), "Invalid version: '" + std::string(text->view()) + "'");
  }
  set_own(in, self_as<Instance>(in, self), "_text", in.string(whole_text(parsed)));
  return Value::none();
}

Value version_parse(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [version] = bind<"version">(in, "parse", arguments);
  if (version.unknown()) return version;
  return in.call(Value::of(version_class(in)), {version});
}

template <Operator op>
Value version_compare(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, other] = by_position<"self, other">(arguments);
  if (other.unknown()) return other;
  Parsed a, b;
  if (!parsed_of(in, self, a) || !parsed_of(in, other, b)) return {Kind::kNotImplemented, {}};
  int order = compare(a, b);
  switch (op) {
    case Operator::kLess:
      return Value::of(order < 0);
    case Operator::kLessEqual:
      return Value::of(order <= 0);
    case Operator::kGreater:
      return Value::of(order > 0);
    case Operator::kGreaterEqual:
      return Value::of(order >= 0);
    case Operator::kEqual:
      return Value::of(order == 0);
    default:
      return Value::of(order != 0);
  }
}

Value version_hash(Interpreter& in, const Arguments& arguments, const Value&) {
  Parsed version;
  parsed_of(in, self_of(arguments), version);
  while (!version.release.empty() && version.release.back() == 0) version.release.pop_back();
  return Value::of(static_cast<std::int64_t>(hash_text(whole_text(version))));
}

template <int part>
Value version_part(Interpreter& in, const Arguments& arguments, const Value&) {
  Parsed v;
  if (!parsed_of(in, self_of(arguments), v)) return in.unknown("a version");
  auto at = [&](std::size_t i) { return Value::of(i < v.release.size() ? v.release[i] : 0); };
  switch (part) {
    case 0:
      return at(0);
    case 1:
      return at(1);
    case 2:
      return at(2);
    case 3: {
      std::vector<Value> parts;
      for (std::int64_t each : v.release) parts.push_back(Value::of(each));
      return in.tuple(parts.data(), parts.size());
    }
    case 4:
      return Value::of(v.epoch);
    case 5:
      return v.pre_letter.empty() ? Value::none() : in.tuple({in.string(v.pre_letter), Value::of(v.pre)});
    case 6:
      return v.post < 0 ? Value::none() : Value::of(v.post);
    case 7:
      return v.dev < 0 ? Value::none() : Value::of(v.dev);
    case 8:
      return v.local.empty() ? Value::none() : in.string(v.local);
    case 9:
      return in.string(public_text(v));
    case 10:
      return in.string(base_text(v));
    case 11:
      return Value::of(!v.pre_letter.empty() || v.dev >= 0);
    case 12:
      return Value::of(v.post >= 0);
    default:
      return Value::of(v.dev >= 0);
  }
}

Value version_str(Interpreter& in, const Arguments& arguments, const Value&) {
  return own(self_as<Instance>(in, arguments), in.intern("_text"));
}
Value version_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.string("<Version('" + in.str(own(self_as<Instance>(in, arguments), in.intern("_text"))) + "')>");
}

}  // namespace

void install_packaging(Interpreter& in) {
  Module* module = in.native_module("packaging.version", false);
  in.define(module, "InvalidVersion",
            Value::of(in.make_class("InvalidVersion", {in.exception("ValueError")}, Layout::kException)));
  Class* type = in.make_class("Version", {in.classes.object});
  in.method(type, "__init__", version_init);
  in.method(type, "__lt__", version_compare<Operator::kLess>);
  in.method(type, "__le__", version_compare<Operator::kLessEqual>);
  in.method(type, "__gt__", version_compare<Operator::kGreater>);
  in.method(type, "__ge__", version_compare<Operator::kGreaterEqual>);
  in.method(type, "__eq__", version_compare<Operator::kEqual>);
  in.method(type, "__ne__", version_compare<Operator::kNotEqual>);
  in.method(type, "__hash__", version_hash);
  in.method(type, "__str__", version_str);
  in.method(type, "__repr__", version_repr);
  in.property(type, "major", version_part<0>);
  in.property(type, "minor", version_part<1>);
  in.property(type, "micro", version_part<2>);
  in.property(type, "release", version_part<3>);
  in.property(type, "epoch", version_part<4>);
  in.property(type, "pre", version_part<5>);
  in.property(type, "post", version_part<6>);
  in.property(type, "dev", version_part<7>);
  in.property(type, "local", version_part<8>);
  in.property(type, "public", version_part<9>);
  in.property(type, "base_version", version_part<10>);
  in.property(type, "is_prerelease", version_part<11>);
  in.property(type, "is_postrelease", version_part<12>);
  in.property(type, "is_devrelease", version_part<13>);
  in.define(module, "Version", Value::of(type));
  in.define(module, "LegacyVersion", Value::of(type));
  in.define(module, "parse", version_parse);
  for (const char* name :
       {"packaging.specifiers", "packaging.requirements", "packaging.utils", "packaging.markers", "packaging.tags"})
    in.native_module(name, true);
}

}  // namespace ckptlint::python

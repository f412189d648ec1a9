// The parameters of a function of the host, as Python would write them: "self, dim=, keepdim=, *, out=".
//
// '=' marks parameters that may be left out, '*' alone starts those that are given by keyword alone, '**' takes and
// ignores other keywords, '/' is passed over.  The text is read by the compiler, so that
//
//     const auto [self, dim, keepdim] = bind<"self, dim=, keepdim=">(in, "sum", arguments);
//
// compiles only if there is a variable for each parameter.  What is left out is kMissing.
//
// '*args' and '**kwargs' take what is left, both into one more variable; what stands before them is given by position:
//
//     const auto [self, rest] = bind<"self, *args, **kwargs">(in, "partial.__call__", arguments);
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

struct HostParameter {
  std::string_view name;
  bool optional = false;
  bool keyword_only = false;
};

// What bind() knows of a signature.
struct HostParameters {
  std::span<const HostParameter> all;
  bool any_keyword = false;     // '**'
  bool any_positional = false;  // '*args'
};

// What stands before the first `c`, or all of it.  GCC does not take string_view::find() for a constant where it looks
// for undefined behaviour.
constexpr std::string_view before(std::string_view text, char c) {
  std::size_t end = 0;
  while (end < text.size() && text[end] != c) ++end;
  return text.substr(0, end);
}

// The parts of a signature's text between commas, blanks taken off; calls `each` with every one.
constexpr void for_each_part(std::string_view text, auto each) {
  while (!text.empty()) {
    std::string_view part = before(text, ',');
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    if (!part.empty()) each(part);
  }
}

// A string literal as an argument of a template.
template <std::size_t kBytes>
struct SignatureText {
  char text[kBytes];
  consteval SignatureText(const char (&literal)[kBytes]) {  // NOLINT(google-explicit-constructor)
    for (std::size_t i = 0; i < kBytes; ++i) text[i] = literal[i];
  }
  constexpr std::string_view view() const { return {text, kBytes - 1}; }
};

template <SignatureText kText>
struct Signature {
  static constexpr std::size_t kCount = [] {
    std::size_t count = 0;
    for_each_part(kText.view(), [&](std::string_view part) { count += part != "*" && part != "**" && part != "/"; });
    return count;
  }();
  static constexpr std::array<HostParameter, kCount> kParameters = [] {
    std::array<HostParameter, kCount> parameters;
    std::size_t count = 0;
    bool keyword_only = false;
    for_each_part(kText.view(), [&](std::string_view part) {
      if (part == "*") keyword_only = true;
      if (part == "*" || part == "**" || part == "/") return;
      const bool optional = part.back() == '=';
      parameters[count++] = {part.substr(0, part.size() - (optional ? 1 : 0)), optional, keyword_only};
    });
    return parameters;
  }();
  static constexpr std::size_t kLeast = [] {  // how many cannot be left out
    std::size_t least = 0;
    for (const HostParameter& parameter : kParameters) least += parameter.optional ? 0 : 1;
    return least;
  }();
  static constexpr bool kAnyKeyword = [] {
    bool any = false;
    for_each_part(kText.view(), [&](std::string_view part) { any = any || part.starts_with("**"); });
    return any;
  }();
  static constexpr bool kAnyPositional = [] {  // '*args'
    bool any = false;
    for (const HostParameter& parameter : kParameters)
      any = any || (parameter.name[0] == '*' && parameter.name[1] != '*');
    return any;
  }();
  static constexpr std::size_t kLeading = [] {  // how many stand before '*args' and '**kwargs'
    std::size_t leading = 0;
    while (leading < kCount && kParameters[leading].name[0] != '*') ++leading;
    return leading;
  }();
};

// Binds arguments to parameters the way Python does, into `out`, a value each.  Raises TypeError, with the name that
// `function` has for people.
void bind_arguments(Interpreter& in, std::string_view function, const HostParameters& parameters,
                    const Arguments& arguments, Value* out);

// The same for a signature with '*args' or '**kwargs': the leading parameters go into `out`, the rest is returned.
Arguments bind_leading(Interpreter& in, std::string_view function, const HostParameters& parameters,
                       const Arguments& arguments, Value* out);

// For a signature that has a name of its own: bind<FieldSignature>(in, "field", arguments).
template <typename OneSignature>
auto bind(Interpreter& in, std::string_view function, const Arguments& arguments) {
  constexpr std::size_t kLeading = OneSignature::kLeading;
  constexpr HostParameters kLeadingOnes{std::span(OneSignature::kParameters).template first<kLeading>(),
                                        OneSignature::kAnyKeyword, OneSignature::kAnyPositional};
  std::array<Value, kLeading> bound{};
  if constexpr (kLeading == OneSignature::kCount) {
    bind_arguments(in, function, kLeadingOnes, arguments, bound.data());
    return bound;
  } else {
    const Arguments rest = bind_leading(in, function, kLeadingOnes, arguments, bound.data());
    return std::tuple_cat(bound, std::tuple<Arguments>(rest));
  }
}

template <SignatureText kText>
auto bind(Interpreter& in, std::string_view function, const Arguments& arguments) {
  return bind<Signature<kText>>(in, function, arguments);
}

// The positional arguments by the names of their parameters: kMissing where there are fewer; what is more, and all
// keywords, are passed over.  For what the evaluation itself calls with the right number, as for __eq__.
template <SignatureText kText>
std::array<Value, Signature<kText>::kCount> by_position(const Arguments& arguments) {
  std::array<Value, Signature<kText>::kCount> named{};
  for (std::size_t i = 0; i < named.size(); ++i) named[i] = arguments[i];
  return named;
}

// What a method was called on, for one that wants nothing else; kMissing for X.method().
inline const Value& self_of(const Arguments& arguments) {
  static constexpr Value kNobody{};
  return arguments.count == 0 ? kNobody : arguments.positional[0];
}

[[noreturn]] void raise_wrong_receiver(Interpreter& in, const Value& self);

// The same as the object that it has to be: a program may write Enum.__str__(1), which raises TypeError.
template <typename Object>
Object* self_as(Interpreter& in, const Value& self) {
  constexpr Kind kKind = std::is_same_v<Object, Instance> ? Kind::kInstance
                         : std::is_same_v<Object, Class>  ? Kind::kClass
                         : std::is_same_v<Object, Tensor> ? Kind::kTensor
                         : std::is_same_v<Object, Device> ? Kind::kDevice
                                                          : Kind::kDtype;
  if (!self.is(kKind)) raise_wrong_receiver(in, self);
  return self.as<Object>();
}
template <typename Object>
Object* self_as(Interpreter& in, const Arguments& arguments) {
  return self_as<Object>(in, self_of(arguments));
}

}  // namespace ckptlint::python

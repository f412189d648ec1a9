// The parameters of a function of the host, as Python would write them: "self, dim=, keepdim=, *, out=".
//
// '=' marks parameters that may be left out, '*' alone starts those that are given by keyword alone, '**' takes and
// ignores other keywords, '/' is passed over.  The text is read by the compiler, so that
//
//     const auto [self, dim, keepdim] = bind<"self, dim=, keepdim=">(in, "sum", arguments);
//
// compiles only if there is a variable for each parameter.  What is left out is kMissing.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

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
  bool any_keyword = false;  // '**'
};

// The parts of a signature's text between commas, blanks taken off; calls `each` with every one.
constexpr void for_each_part(std::string_view text, auto each) {
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
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
    for_each_part(kText.view(), [&](std::string_view part) { any = any || part == "**"; });
    return any;
  }();
};

// Binds arguments to parameters the way Python does, into `out`, a value each.  Raises TypeError, with the name that
// `function` has for people.
void bind_arguments(Interpreter& in, std::string_view function, const HostParameters& parameters,
                    const Arguments& arguments, Value* out);

// For a signature that has a name of its own: bind<FieldSignature>(in, "field", arguments).
template <typename OneSignature>
std::array<Value, OneSignature::kCount> bind(Interpreter& in, std::string_view function, const Arguments& arguments) {
  std::array<Value, OneSignature::kCount> bound{};
  bind_arguments(in, function, {OneSignature::kParameters, OneSignature::kAnyKeyword}, arguments, bound.data());
  return bound;
}

template <SignatureText kText>
std::array<Value, Signature<kText>::kCount> bind(Interpreter& in, std::string_view function,
                                                 const Arguments& arguments) {
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

}  // namespace ckptlint::python

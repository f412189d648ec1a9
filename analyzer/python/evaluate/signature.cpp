// Arguments to parameters, for functions of the host.
#include "python/evaluate/signature.h"

#include <fmt/format.h>

#include <algorithm>

namespace ckptlint::python {

namespace {

// How many arguments a function takes, where it was given too many by position.
[[noreturn]] void raise_too_many(Interpreter& in, std::string_view function, std::span<const HostParameter> positional,
                                 std::size_t given) {
  const auto optional = static_cast<std::size_t>(
      std::count_if(positional.begin(), positional.end(), [](const HostParameter& each) { return each.optional; }));
  const std::string takes = optional == 0
                                ? fmt::format("{}", positional.size())
                                : fmt::format("from {} to {}", positional.size() - optional, positional.size());
  in.raise_type_error(fmt::format("{}() takes {} positional argument{} but {} {} given", function, takes,
                                  optional == 0 && positional.size() == 1 ? "" : "s", given,
                                  given == 1 ? "was" : "were"));
}

}  // namespace

void bind_arguments(Interpreter& in, std::string_view function, const HostParameters& parameters,
                    const Arguments& arguments, Value* out) {
  const std::span<const HostParameter> all = parameters.all;
  std::size_t positional = 0;
  while (positional < all.size() && !all[positional].keyword_only) ++positional;
  if (arguments.count > positional) {
    raise_too_many(in, function, all.first(positional), arguments.count);
  }
  for (std::size_t i = 0; i < arguments.count; ++i) out[i] = arguments.positional[i];
  for (std::size_t k = 0; k < arguments.keyword_count; ++k) {
    const std::string_view name = arguments.keywords[k].name->view();
    std::size_t i = 0;
    while (i < all.size() && all[i].name != name) ++i;
    if (i == all.size()) {
      if (parameters.any_keyword) continue;
      in.raise_type_error(fmt::format("{}() got an unexpected keyword argument '{}'", function, name));
    }
    if (!out[i].missing()) {
      in.raise_type_error(fmt::format("{}() got multiple values for argument '{}'", function, name));
    }
    out[i] = arguments.keywords[k].value;
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (out[i].missing() && !all[i].optional) {
      in.raise_type_error(fmt::format("{}() missing 1 required positional argument: '{}'", function, all[i].name));
    }
  }
}

Arguments bind_leading(Interpreter& in, std::string_view function, const HostParameters& parameters,
                       const Arguments& arguments, Value* out) {
  const std::span<const HostParameter> all = parameters.all;
  if (arguments.count > all.size() && !parameters.any_positional) {
    raise_too_many(in, function, all, arguments.count);
  }
  if (arguments.keyword_count != 0 && !parameters.any_keyword) {
    in.raise_type_error(
        fmt::format("{}() got an unexpected keyword argument '{}'", function, arguments.keywords[0].name->view()));
  }
  const std::size_t given = std::min(arguments.count, all.size());
  for (std::size_t i = 0; i < given; ++i) out[i] = arguments.positional[i];
  for (std::size_t i = given; i < all.size(); ++i) {
    if (!all[i].optional)
      in.raise_type_error(fmt::format("{}() missing 1 required positional argument: '{}'", function, all[i].name));
  }
  return {arguments.positional + given, arguments.count - given, arguments.keywords, arguments.keyword_count};
}

void raise_wrong_receiver(Interpreter& in, const Value& self) {
  in.raise_type_error(self.missing() ? "unbound method needs an argument"
                                     : fmt::format("method doesn't apply to a '{}' object", in.type_name(self)));
}

}  // namespace ckptlint::python

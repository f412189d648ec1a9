// Arguments to parameters, for functions of the host.
#include "python/evaluate/signature.h"

#include <fmt/format.h>

namespace ckptlint::python {

void bind_arguments(Interpreter& in, std::string_view function, const HostParameters& parameters,
                    const Arguments& arguments, Value* out) {
  const std::span<const HostParameter> all = parameters.all;
  std::size_t positional = 0;
  while (positional < all.size() && !all[positional].keyword_only) ++positional;
  if (arguments.count > positional) {
    in.raise_type_error(
        fmt::format("{}() takes {} positional arguments but {} were given", function, positional, arguments.count));
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

}  // namespace ckptlint::python

// Formats to the end of a string: fmt's writers for that kind of output, compiled once.
#include "base/append_format.h"

#include <iterator>

namespace ckptlint {

void append_formatted(std::string& out, fmt::string_view format, fmt::format_args arguments) {
  fmt::vformat_to(std::back_inserter(out), format, arguments);
}

}  // namespace ckptlint

// Names of formats, and the sentence for one that there is not.
#include "report/format.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "base/nearest_word.h"

namespace ckptlint {

std::string listed(const FormatNames& formats) {
  std::string text;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    text += i == 0 ? "" : i + 1 < formats.size() ? ", " : " and ";
    text += formats[i].name;
  }
  return text;
}

std::string no_such_format(std::string_view command, const FormatNames& formats, std::string_view asked) {
  std::vector<std::string_view> names;
  for (const FormatName& format : formats) names.push_back(format.name);
  return fmt::format("`{}` has no format {}; it has {}{}", command, quoted_name(asked), listed(formats),
                     did_you_mean(asked, names));
}

}  // namespace ckptlint

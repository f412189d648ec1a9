// A member of a JSON text changed, and everything else left as it was written.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ckptlint {

// `text`, an object, with the member at the dotted `path` set to `value` (JSON), put in as the first of its object
// where it was not there, or taken out where `value` is empty.  An error where the text is not JSON, or the objects
// that the path leads through are not there.
Result<std::string> with_json_member(std::string_view text, std::string_view path, std::string_view value);

}  // namespace ckptlint

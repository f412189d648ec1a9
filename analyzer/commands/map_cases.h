// `ckptlint map --cases`: many questions about placement, a line each.
#pragma once

#include <iosfwd>

#include "base/result.h"
#include "commands/map.h"
#include "report/format.h"

namespace ckptlint {

FormatNames case_formats();

// An answer for each case of `in`; an error where the options make no sense.
Result<ExitStatus> answer_cases(const MapOptions& options, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace ckptlint

// The forms of what `ckptlint compat` answers.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "check/compatibility.h"
#include "check/round_trip.h"
#include "report/format.h"

namespace ckptlint {

// The answers of all releases, the oldest first, and the ranges that they make.
struct CompatTable {
  std::string path;
  std::vector<ReleaseAnswer> answers;
  std::vector<ReleaseRange> ranges;
  std::vector<RoundTrip> round_trips;  // there and back; empty where nobody asked
};

struct CompatStyle {
  bool color = false;
};

using CompatFormat = Format<std::string (*)(const CompatTable&, const CompatStyle&)>;
std::span<const CompatFormat> compat_formats();

}  // namespace ckptlint

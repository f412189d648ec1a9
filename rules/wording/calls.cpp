// What several calls that make a device map lead to alike is said once, with all of them.
#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::string_view kFoundIn = "found in ";

bool names_call(const std::string& note) { return note.starts_with(kFoundIn); }

// The same but for the calls.
bool is_same(const Finding& known, const Finding& other) {
  if (known.message != other.message || known.severity != other.severity || known.tensors != other.tensors)
    return false;
  std::vector<std::string> notes = known.notes;
  std::erase_if(notes, names_call);
  return notes == other.notes;
}

}  // namespace

void add_of_call(Finding finding, const std::string& call, std::size_t first, Findings& out) {
  const auto same = std::find_if(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
                                 [&](const Finding& known) { return is_same(known, finding); });
  if (same == out.end()) {
    out.push_back(std::move(finding));
    if (!call.empty()) out.back().notes.push_back(std::string(kFoundIn) + call);
  } else if (!call.empty()) {
    same->notes.push_back(std::string(kFoundIn) + call);
  }
}

}  // namespace ckptlint

// Takes dotted names apart, and says many of them in few words.
#include "ckptlint/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/fold_names.h"

namespace ckptlint {
namespace {

bool is_number(std::string_view part) {
  const bool digits = std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  return !part.empty() && digits && (part.size() == 1 || part.front() != '0');
}

std::vector<std::string_view> parts_of(std::string_view name) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('.', at), name.size());
    parts.push_back(name.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace

std::string name_shape(std::string_view name) {
  std::string shape;
  for (const std::string_view part : parts_of(name)) {
    if (!shape.empty()) shape += '.';
    shape += is_number(part) ? "*" : part;
  }
  return shape;
}

std::vector<std::string> folded_names(const std::vector<std::string>& names) {
  std::vector<NameToFold> distinct;
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    if (seen.insert(name).second) distinct.push_back({name, 0});
  }
  std::vector<std::string> out;
  for (FoldedName& folded : fold_names(distinct)) out.push_back(std::move(folded.text));
  return out;
}

std::string_view leaf_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

std::string_view parent_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

std::string listed_names(const std::vector<std::string>& names, std::size_t most) {
  const std::vector<std::string> folded = folded_names(names);
  const std::size_t shown = folded.size() <= most + 1 ? folded.size() : most;
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) {
    const bool last = i + 1 == folded.size();
    out += fmt::format("{}`{}`", i == 0 ? "" : last ? " and " : ", ", folded[i]);
  }
  if (shown < folded.size()) out += fmt::format(" and {} more", folded.size() - shown);
  return out;
}

}  // namespace ckptlint

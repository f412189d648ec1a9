#include "ckptlint/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

namespace ckptlint {
namespace {

constexpr std::size_t kMostParts = 64;  // of a name that is folded: each may be a level of recursion
constexpr std::size_t kLongestNumber = 18;  // digits, so that a number fits in 64 bits

bool is_number(std::string_view part) {
  return !part.empty() && part.size() <= kLongestNumber && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
         (part.size() == 1 || part.front() != '0');
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

std::string joined(const std::vector<std::string>& parts) {
  std::string name;
  for (std::size_t i = 0; i < parts.size(); ++i) name += (i == 0 ? "" : ".") + parts[i];
  return name;
}

// {0,1,2,5} as "{0..2,5}"; one number as itself.
std::string said(const std::set<std::uint64_t>& numbers) {
  if (numbers.size() == 1) return fmt::format("{}", *numbers.begin());
  std::string out = "{";
  for (auto it = numbers.begin(); it != numbers.end();) {
    auto last = it;
    while (std::next(last) != numbers.end() && *std::next(last) == *last + 1) ++last;
    if (out.size() > 1) out += ",";
    out += *it == *last ? fmt::format("{}", *it) : fmt::format("{}..{}", *it, *last);
    it = std::next(last);
  }
  return out + "}";
}

// Names of one shape, folded; `from` is the first component that may still be split up.
void fold(const std::vector<std::vector<std::string_view>>& names, std::size_t from, std::vector<std::string>& out) {
  const std::size_t width = names.front().size();
  std::vector<std::set<std::uint64_t>> values(width);
  std::size_t combinations = 1;
  std::size_t first_varying = width;
  for (std::size_t i = 0; i < width; ++i) {
    if (!is_number(names.front()[i])) continue;
    for (const auto& name : names) values[i].insert(std::stoull(std::string(name[i])));
    if (values[i].size() > 1 && first_varying == width && i >= from) first_varying = i;
    combinations = values[i].size() > names.size() ? 0 : std::min(combinations * values[i].size(), names.size() + 1);
  }
  if (combinations == names.size() || first_varying == width) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < width; ++i) parts.push_back(values[i].empty() ? std::string(names.front()[i]) : said(values[i]));
    out.push_back(joined(parts));
    return;
  }
  std::map<std::uint64_t, std::vector<std::vector<std::string_view>>> groups;
  for (const auto& name : names) groups[std::stoull(std::string(name[first_varying]))].push_back(name);
  for (const auto& [number, group] : groups) fold(group, first_varying + 1, out);
}

}  // namespace

std::string name_shape(std::string_view name) {
  std::vector<std::string> parts;
  for (const std::string_view part : parts_of(name)) parts.emplace_back(is_number(part) ? "*" : part);
  return joined(parts);
}

std::vector<std::string> folded_names(const std::vector<std::string>& names) {
  std::map<std::string, std::size_t> row_of;
  std::vector<std::vector<std::vector<std::string_view>>> shapes;
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) continue;
    std::vector<std::string_view> parts = parts_of(name);
    const auto [found, is_new] = row_of.emplace(parts.size() > kMostParts ? name : name_shape(name), shapes.size());
    if (is_new) shapes.emplace_back();
    shapes[found->second].push_back(std::move(parts));
  }
  std::vector<std::string> out;
  for (const auto& shape : shapes) fold(shape, 0, out);
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

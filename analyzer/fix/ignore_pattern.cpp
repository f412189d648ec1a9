// Finds few patterns that match all of the keys that are to be ignored, and none of the others.
#include "fix/ignore_pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string_view>

#include "ckptlint/names.h"

namespace ckptlint {
namespace {

constexpr std::size_t kManyPatterns = 8;
constexpr std::size_t kMostPatterns = 64;  // more of them nobody wants, and finding them takes too long

// A string as a pattern that both Python and RE2 read as itself.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) != 0 || c == '_' || byte >= 0x80;
    if (!plain && byte < 0x20) {
      out += fmt::format("\\x{:02x}", byte);
      continue;
    }
    if (!plain) out += '\\';
    out += c;
  }
  return out;
}

bool is_number(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The patterns that could cover a key.  By construction a pattern matches a key exactly if it is among the key's own.
std::vector<std::string> candidates_for(std::string_view key) {
  const std::vector<std::string_view> parts = components_of(key);
  std::vector<std::string> patterns{fmt::format("(^|\\.){}$", escaped(parts.back()))};
  std::string prefix, exact;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    exact += escaped(parts[i]) + "\\.";
    if (is_number(parts[i])) patterns.push_back("^" + exact);
    prefix += (is_number(parts[i]) ? "\\d+" : escaped(parts[i])) + "\\.";
    patterns.push_back("^" + prefix);
  }
  patterns.push_back(fmt::format("^{}{}$", prefix, is_number(parts.back()) ? "\\d+" : escaped(parts.back())));
  patterns.push_back(fmt::format("^{}$", escaped(key)));
  return patterns;
}

// Whether the pattern matches no other, and of the keys those that it is meant for.
bool holds(const std::string& pattern, const std::vector<std::string>& keys, const std::set<std::size_t>& covers,
           const std::vector<std::string>& others) {
  const RE2 compiled(pattern, RE2::Quiet);
  const auto matches = [&](const std::string& text) { return RE2::PartialMatch(text, compiled); };
  return compiled.ok() && std::all_of(covers.begin(), covers.end(), [&](std::size_t i) { return matches(keys[i]); }) &&
         std::none_of(others.begin(), others.end(), matches);
}

using Candidates = std::map<std::string, std::set<std::size_t>>;  // pattern: indices of the keys that it covers

// Greedily the pattern that covers most of what is left; among equals the shortest, then the first in the alphabet.
std::vector<std::string> covering(Candidates candidates, const std::vector<std::string>& keys,
                                  const std::vector<std::string>& others, std::set<std::size_t>& left) {
  std::vector<std::string> chosen;
  while (!left.empty() && chosen.size() < kMostPatterns) {
    auto best = candidates.end();
    std::size_t best_gain = 0;
    for (auto each = candidates.begin(); each != candidates.end(); ++each) {
      const auto gain = static_cast<std::size_t>(
          std::count_if(each->second.begin(), each->second.end(), [&](std::size_t i) { return left.contains(i); }));
      const bool shorter = best != candidates.end() && each->first.size() < best->first.size();
      if (gain > best_gain || (gain != 0 && gain == best_gain && shorter)) {
        best = each;
        best_gain = gain;
      }
    }
    if (best == candidates.end()) break;
    if (holds(best->first, keys, best->second, others)) {
      for (const std::size_t i : best->second) left.erase(i);
      chosen.push_back(best->first);
    }
    candidates.erase(best);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace

std::vector<std::string> ignore_patterns(const std::vector<std::string>& keys, const std::vector<std::string>& others) {
  Candidates candidates;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::string& pattern : candidates_for(keys[i])) candidates[std::move(pattern)].insert(i);
  }
  for (const std::string& other : others) {
    for (const std::string& pattern : candidates_for(other)) candidates.erase(pattern);
  }
  std::set<std::size_t> all;
  for (std::size_t i = 0; i < keys.size(); ++i) all.insert(i);

  // A pattern for everything below a prefix hides keys that nobody has seen yet: only where naming the keys takes many.
  Candidates whole_keys;
  for (const auto& [pattern, covers] : candidates) {
    if (pattern.ends_with('$')) whole_keys.emplace(pattern, covers);
  }
  std::set<std::size_t> left = all;
  std::vector<std::string> chosen = covering(std::move(whole_keys), keys, others, left);
  if (chosen.size() <= kManyPatterns) return chosen;
  std::set<std::size_t> left_by_prefixes = all;
  std::vector<std::string> with_prefixes = covering(std::move(candidates), keys, others, left_by_prefixes);
  if (chosen.size() == kMostPatterns && with_prefixes.size() == kMostPatterns) return {};
  return left_by_prefixes.size() <= left.size() ? with_prefixes : chosen;
}

}  // namespace ckptlint

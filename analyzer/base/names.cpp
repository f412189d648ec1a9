// Takes dotted names apart, and says many of them in few words.
#include "ckptlint/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/digits.h"
#include "base/fold_names.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostFolded = 1000;  // names that are joined by words; more are not read by people anyway
constexpr std::size_t kMostParts = 24;
constexpr std::size_t kMostWords = 6;  // in one pair of braces

// The parts between the dots of a folded name: those of "{0..3}" are none.
std::vector<std::string> folded_parts(std::string_view name) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : name) {
    depth += c == '{' ? 1 : c == '}' ? -1 : 0;
    if (c == '.' && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::string joined(const std::vector<std::string>& parts, std::size_t replaced, const std::string& replacement) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : ".") + (i == replaced ? replacement : parts[i]);
  return text;
}

bool is_word(std::string_view part) { return !is_index(part) && part.find_first_of("{},") == std::string_view::npos; }

// Names that differ in one word become one, "self_attn.{q_proj,k_proj}.weight", in the place of the first of them.
std::vector<std::string> joined_by_words(const std::vector<std::string>& names) {
  if (names.size() > kMostFolded) return names;
  std::vector<std::vector<std::string>> parts;
  std::map<std::string, std::vector<std::size_t>> alike;  // a name with a hole in it -> those that it stands for
  const auto holed = [&](std::size_t name, std::size_t part) {
    return fmt::format("{} {}", part, joined(parts[name], part, ""));
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    parts.push_back(folded_parts(names[i]));
    if (parts[i].size() > kMostParts) return names;
    for (std::size_t part = 0; part < parts[i].size(); ++part) {
      if (is_word(parts[i][part])) alike[holed(i, part)].push_back(i);
    }
  }
  std::vector<bool> done(names.size(), false);
  std::vector<std::string> result;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (done[i]) continue;
    std::vector<std::size_t> most = {i};
    std::size_t hole = 0;
    for (std::size_t part = parts[i].size() < 2 ? 0 : parts[i].size(); part-- > 0;) {  // the innermost first
      if (!is_word(parts[i][part])) continue;
      std::vector<std::size_t> left;
      for (const std::size_t other : alike[holed(i, part)]) {
        if (!done[other] && left.size() < kMostWords) left.push_back(other);
      }
      if (left.size() > most.size()) {
        most = std::move(left);
        hole = part;
      }
    }
    std::string words;
    for (const std::size_t member : most) {
      done[member] = true;
      words += (words.empty() ? "" : ",") + parts[member][hole];
    }
    result.push_back(most.size() == 1 ? names[i] : joined(parts[i], hole, "{" + words + "}"));
  }
  return result;
}

}  // namespace

bool is_index(std::string_view component) {
  return !component.empty() && component.size() <= 9 && std::all_of(component.begin(), component.end(), is_digit) &&
         (component.front() != '0' || component.size() == 1);
}

std::vector<std::string_view> components_of(std::string_view name) {
  std::vector<std::string_view> components;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('.', at), name.size());
    components.push_back(name.substr(at, end - at));
    at = end + 1;
  }
  return components;
}

std::string name_shape(std::string_view name) {
  std::string shape;
  for (const std::string_view part : components_of(name)) {
    if (!shape.empty()) shape += '.';
    shape += is_index(part) ? "*" : part;
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
  std::vector<std::string> folded = folded_names(names);
  for (std::size_t before = folded.size() > 2 ? 0 : folded.size(); before != folded.size();) {  // word after word
    before = folded.size();
    folded = joined_by_words(folded);
  }
  const std::size_t shown = folded.size() <= most + 1 ? folded.size() : most;
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) {
    const bool last = i + 1 == folded.size();
    out += fmt::format("{}`{}`", i == 0 ? "" : last ? " and " : ", ", folded[i]);
  }
  if (shown < folded.size()) out += fmt::format(" and {} more", folded.size() - shown);
  return out;
}

namespace {

std::string quoted_packages(const std::vector<std::string>& packages) {
  std::string names;
  for (const std::string& package : packages) names += fmt::format("{}`{}`", names.empty() ? "" : ", ", package);
  return fmt::format("the package{} {}", packages.size() == 1 ? "" : "s", names);
}

}  // namespace

std::string absence_text(const std::vector<std::string>& packages) {
  return fmt::format("taken as absent: {}, which the code asks for", quoted_packages(packages));
}

std::string demand_text(const std::vector<std::string>& packages) {
  return fmt::format("taken as installed: {}, without which the code is refused; nothing is known of what is in {}",
                     quoted_packages(packages), packages.size() == 1 ? "it" : "them");
}

}  // namespace ckptlint

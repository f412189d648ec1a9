// Folds names that differ in numbers alone into one row for each set of numbers, without losing or inventing a name.
#include "base/fold_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/digits.h"
#include "ckptlint/names.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMaxNumbers = 8;
constexpr char kHole = '\0';  // stands for a number in a pattern; names with a NUL of their own do not fold

// Of a name: the first `count` of them.
struct Numbers {
  std::array<std::uint32_t, kMaxNumbers> values{};
  std::size_t count = 0;

  friend bool operator<(const Numbers& a, const Numbers& b) {
    return std::lexicographical_compare(a.values.begin(), a.values.begin() + a.count, b.values.begin(),
                                        b.values.begin() + b.count);
  }
};

// Appends the name with holes for its numbers.
Numbers split(std::string_view name, std::string& pattern) {
  Numbers numbers;
  const std::size_t begin = pattern.size();
  const auto unfolded = [&] {
    pattern.replace(begin, std::string::npos, name);
    return Numbers();
  };
  if (name.find(kHole) != std::string_view::npos) return unfolded();
  std::size_t done = 0;  // of the name: what lies before is in the pattern
  for (std::size_t at = 0;; ++at) {
    if (at < name.size() && is_digit(name[at])) {
      const std::string_view part = name.substr(at, name.find('.', at) - at);
      if (is_index(part)) {
        if (numbers.count == kMaxNumbers) return unfolded();
        std::uint32_t& number = numbers.values[numbers.count++];
        for (const char c : part) number = number * 10 + static_cast<std::uint32_t>(c - '0');
        pattern += name.substr(done, at - done);
        pattern += kHole;
        done = at + part.size();
      }
    }
    at = name.find('.', at);
    if (at == std::string_view::npos) break;
  }
  pattern += name.substr(done);
  return numbers;
}

// One name of a pattern: its numbers and its place.
struct Member {
  Numbers numbers;
  std::uint32_t place;
};

// A set of number lists that is the product of one set of numbers for each hole.
struct Box {
  std::vector<std::vector<std::uint32_t>> choices;
  std::vector<std::uint32_t> members;
};

// The boxes of members[first, last), which are sorted by numbers and equal before `hole`.  Numbers of this hole whose
// rests are the same boxes share theirs.  As deep as there are holes.
std::vector<Box> boxes(const std::vector<Member>& members, std::size_t first, std::size_t last, std::size_t hole) {
  const std::size_t holes = members[first].numbers.count;
  if (hole + 1 >= holes) {
    Box box;
    box.choices.resize(holes - hole);
    for (std::size_t i = first; i < last; ++i) {
      box.members.push_back(members[i].place);
      if (hole == holes) continue;
      std::vector<std::uint32_t>& numbers = box.choices.front();
      const std::uint32_t number = members[i].numbers.values[hole];
      if (numbers.empty() || numbers.back() != number) numbers.push_back(number);
    }
    return {box};
  }
  std::map<std::vector<std::vector<std::uint32_t>>, std::size_t> known;  // choices of the rest -> place in result
  std::vector<Box> result;
  for (std::size_t begin = first; begin < last;) {
    const std::uint32_t number = members[begin].numbers.values[hole];
    std::size_t end = begin;
    while (end < last && members[end].numbers.values[hole] == number) ++end;
    for (Box& rest : boxes(members, begin, end, hole + 1)) {
      const auto [it, is_new] = known.try_emplace(rest.choices, result.size());
      if (is_new) {
        rest.choices.insert(rest.choices.begin(), {number});
        result.push_back(std::move(rest));
      } else {
        Box& box = result[it->second];
        box.choices.front().push_back(number);
        box.members.insert(box.members.end(), rest.members.begin(), rest.members.end());
      }
    }
    begin = end;
  }
  return result;
}

// "{0..3,7}", or the number where there is just one.
std::string text_of(const std::vector<std::uint32_t>& numbers) {
  if (numbers.size() == 1) return fmt::to_string(numbers[0]);
  std::string text = "{";
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t run = i;
    while (run + 1 < numbers.size() && numbers[run + 1] == numbers[run] + 1) ++run;
    if (i != 0) text += ',';
    text += fmt::to_string(numbers[i]);
    if (run > i) text += (run == i + 1 ? "," : "..") + fmt::to_string(numbers[run]);
    i = run + 1;
  }
  return text + "}";
}

std::string text_of(std::string_view pattern, const Box& box) {
  if (box.choices.empty()) return std::string(pattern);
  std::string text;
  std::size_t hole = 0;
  for (const char c : pattern) {
    if (c == kHole) {
      text += text_of(box.choices[hole++]);
    } else {
      text += c;
    }
  }
  return text;
}

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

}  // namespace

std::vector<FoldedName> fold_names(std::span<const NameToFold> names) {
  struct Group {
    std::string_view pattern;
    std::vector<Member> members;
  };
  std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> places;  // kind, pattern -> group
  std::vector<Group> groups;
  std::string key;
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    key.assign(reinterpret_cast<const char*>(&names[i].kind), sizeof names[i].kind);
    const Numbers numbers = split(names[i].name, key);
    key += numbers.count == 0 ? '0' : '1';  // a name that does not fold may look like a pattern
    auto it = places.find(std::string_view(key));
    if (it == places.end()) {
      it = places.emplace(key, groups.size()).first;
      const std::string_view kept = it->first;
      groups.push_back({kept.substr(sizeof names[i].kind, kept.size() - sizeof names[i].kind - 1), {}});
    }
    groups[it->second].members.push_back({numbers, i});
  }
  std::vector<FoldedName> result;
  for (Group& group : groups) {
    auto& members = group.members;
    std::stable_sort(members.begin(), members.end(),
                     [](const Member& a, const Member& b) { return a.numbers < b.numbers; });
    for (Box& box : boxes(members, 0, members.size(), 0)) {
      if (!std::is_sorted(box.members.begin(), box.members.end())) std::sort(box.members.begin(), box.members.end());
      result.push_back({text_of(group.pattern, box), std::move(box.members)});
    }
  }
  std::sort(result.begin(), result.end(),
            [](const FoldedName& a, const FoldedName& b) { return a.members[0] < b.members[0]; });
  return result;
}

bool natural_less(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
      ++i;
      ++j;
      continue;
    }
    const auto number = [](std::string_view text, std::size_t& at) {
      while (at + 1 < text.size() && text[at] == '0' && is_digit(text[at + 1])) ++at;
      const std::size_t begin = at;
      while (at < text.size() && is_digit(text[at])) ++at;
      return text.substr(begin, at - begin);
    };
    const std::string_view left = number(a, i);
    const std::string_view right = number(b, j);
    if (left.size() != right.size()) return left.size() < right.size();
    if (left != right) return left < right;
  }
  if ((i < a.size()) != (j < b.size())) return j < b.size();
  return a < b;  // equal but for leading zeros
}

}  // namespace ckptlint

// The order of keys by their components: dot_natural_key of core_model_loading.py in transformers 5.23.0.
#include "loading/key_order.h"

#include <algorithm>

#include "base/digits.h"

namespace ckptlint {
namespace {

int compared_numbers(std::string_view a, std::string_view b) {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

int compared_parts(std::string_view a, std::string_view b) {
  const auto split = [](std::string_view part) {
    std::size_t at = part.size();
    while (at > 0 && is_digit(part[at - 1])) --at;
    return at;
  };
  const std::size_t a_text = split(a), b_text = split(b);
  const bool a_number = a_text == 0 && !a.empty(), b_number = b_text == 0 && !b.empty();
  if (a_number != b_number) return a_number ? -1 : 1;
  if (const int order = a.substr(0, a_text).compare(b.substr(0, b_text)); order != 0) return order;
  // A component without a number comes before the same with one.
  if ((a_text == a.size()) != (b_text == b.size())) return a_text == a.size() ? -1 : 1;
  return compared_numbers(a.substr(a_text), b.substr(b_text));
}

}  // namespace

bool loads_before(std::string_view a, std::string_view b) {
  // What both begin with, up to the last dot in it, decides nothing.
  const auto same = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const std::size_t dot = a.substr(0, static_cast<std::size_t>(same.first - a.begin())).rfind('.');
  if (dot != std::string_view::npos) {
    a.remove_prefix(dot + 1);
    b.remove_prefix(dot + 1);
  }
  while (true) {
    const std::string_view a_part = a.substr(0, a.find('.')), b_part = b.substr(0, b.find('.'));
    if (const int order = compared_parts(a_part, b_part); order != 0) return order < 0;
    const bool a_ends = a_part.size() == a.size(), b_ends = b_part.size() == b.size();
    if (a_ends || b_ends) return a_ends && !b_ends;
    a.remove_prefix(a_part.size() + 1);
    b.remove_prefix(b_part.size() + 1);
  }
}

}  // namespace ckptlint

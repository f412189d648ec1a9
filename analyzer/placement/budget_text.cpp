// Reads sizes as convert_file_size_to_int of accelerate 1.15.0 does, and budgets and devices as people write them.
#include "placement/budget_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/digits.h"
#include "base/escape.h"

namespace ckptlint {
namespace {

struct Unit {
  std::string_view name;
  double bytes;
  bool may_mean_bits;
};

constexpr std::array<Unit, 6> kUnits{{
    {"GIB", 1024.0 * 1024 * 1024, false},
    {"MIB", 1024.0 * 1024, false},
    {"KIB", 1024.0, false},
    {"GB", 1e9, true},
    {"MB", 1e6, true},
    {"KB", 1e3, true},
}};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); }

bool ends_with_unit(std::string_view text, std::string_view unit) {
  if (text.size() < unit.size()) return false;
  const std::string_view tail = text.substr(text.size() - unit.size());
  return std::equal(tail.begin(), tail.end(), unit.begin(), [](char a, char b) { return upper(a) == b; });
}

// Python's float(text): spaces around, underscores between digits, a sign, "inf" and "nan" in any case.
std::optional<double> python_float(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_') {
      if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) return std::nullopt;
      continue;
    }
    plain.push_back(upper(text[i]));
  }
  std::string_view rest = plain;
  bool negative = false;
  if (!rest.empty() && (rest.front() == '+' || rest.front() == '-')) {
    negative = rest.front() == '-';
    rest.remove_prefix(1);
  }
  double value = 0;
  if (rest == "INF" || rest == "INFINITY") {
    value = HUGE_VAL;
  } else if (rest == "NAN") {
    value = NAN;
  } else {
    if (rest.empty() || !(is_digit(rest.front()) || rest.front() == '.')) return std::nullopt;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (end != rest.data() + rest.size() || error == std::errc::invalid_argument) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
      // Python rounds to zero or to infinity, as the sign of the exponent says.
      const std::size_t exponent = rest.find('E');
      const bool tiny = exponent != std::string_view::npos && rest.substr(exponent + 1).starts_with('-');
      value = tiny ? 0 : HUGE_VAL;
    }
  }
  return negative ? -value : value;
}

Bytes whole_budget(double bytes) {
  return bytes >= kMostBudget.value() ? kMostBudget : Bytes::whole(static_cast<std::int64_t>(bytes));
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

SizeText read_size(std::string_view text) {
  for (const Unit& unit : kUnits) {
    if (!ends_with_unit(text, unit.name)) continue;
    const std::optional<double> number = python_float(text.substr(0, text.size() - unit.name.size()));
    if (!number || std::isnan(*number)) return {{}, SizeProblem::kNotASize};
    const double bytes = std::trunc(*number * unit.bytes);
    if (std::isinf(bytes)) return {{}, SizeProblem::kInfinite};
    if (bytes < 0) return {{}, SizeProblem::kNotASize};
    const bool bits = unit.may_mean_bits && text.back() == 'b';
    return {whole_budget(bits ? std::floor(bytes / 8) : bytes), SizeProblem::kNone};
  }
  return {{}, SizeProblem::kNotASize};
}

Result<Bytes> parse_size(std::string_view text) {
  text = trimmed(text);
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_digit)) {
    return whole_budget(python_float(text).value_or(0));
  }
  const SizeText size = read_size(text);
  if (size.problem == SizeProblem::kNone) return size.bytes;
  return Error{quoted_name(text) +
               " is not a size: write bytes, or a number with GiB, MiB, KiB, GB, MB or KB (1Gb is a gigabit)"};
}

Result<Device> parse_device(std::string_view text) {
  text = trimmed(text);
  if (text == "mps" || text == "mps:0") return Device::mps();
  if (text == "cpu" || text == "cpu:0") return Device::cpu();
  if (text == "disk") return Device::disk();
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  std::string_view digits = colon == std::string_view::npos ? text : text.substr(colon + 1);
  constexpr std::array kKinds = {"cuda", "xpu", "npu", "hpu", "mlu", "musa", "sdaa", "neuron"};
  const bool known_kind = std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
  // Without an index it is the current device: the first, in one process.
  if (known_kind && colon == std::string_view::npos) return Device::accelerator(0);
  if (!known_kind && colon != std::string_view::npos) digits = "";
  std::int32_t index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() || index < 0) {
    return Error{quoted_name(text) +
                 " is not a device: write the index of an accelerator (0, cuda:0), mps, cpu or disk"};
  }
  return Device::accelerator(index);
}

Result<std::vector<Budget>> parse_budgets(std::string_view text) {
  std::vector<Budget> budgets;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = trimmed(text.substr(0, comma));
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) {
      return Error{quoted_name(item) + " is not a budget: write DEVICE=SIZE, for example 0=24GiB,cpu=64GiB"};
    }
    const Result<Device> device = parse_device(item.substr(0, equals));
    if (!device) return device.error();
    const Result<Bytes> size = parse_size(item.substr(equals + 1));
    if (!size) return size.error();
    for (const Budget& budget : budgets) {
      if (budget.device == *device) return Error{"the device " + name_of(*device) + " has two budgets"};
    }
    budgets.push_back({*device, *size});
    if (comma == text.size()) return budgets;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace ckptlint

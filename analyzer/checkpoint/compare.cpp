// The difference between two checkpoints, tensor by tensor, and its text for people and for programs.
#include "checkpoint/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/append_format.h"
#include "base/byte_text.h"
#include "base/escape.h"
#include "base/fold_names.h"
#include "base/json_text.h"

namespace ckptlint {
namespace {

std::string type_and_shape(const Checkpoint& checkpoint, const StoredTensor& tensor) {
  return fmt::format("{} [{}]", tensor.type_name, fmt::join(checkpoint.shape(tensor), ", "));
}

bool is_same(const Checkpoint& before, const StoredTensor& a, const Checkpoint& after, const StoredTensor& b) {
  const auto shape_a = before.shape(a);
  const auto shape_b = after.shape(b);
  // Formats have words of their own for the same types.
  const bool packed = a.dtype == Dtype::kUint8 || b.dtype == Dtype::kUint8;
  return a.dtype == b.dtype && (!packed || a.type_name == b.type_name || a.bytes() == b.bytes()) &&
         std::equal(shape_a.begin(), shape_a.end(), shape_b.begin(), shape_b.end());
}

// Names with what is said of each; names of which the same is said fold together.
void append_lines(char sign, const std::vector<std::pair<std::string_view, std::string>>& rows, std::string& out) {
  std::map<std::string_view, std::uint64_t> kinds;
  std::vector<NameToFold> names;
  names.reserve(rows.size());
  for (const auto& [name, words] : rows) names.push_back({name, kinds.try_emplace(words, kinds.size()).first->second});
  for (const FoldedName& fold : fold_names(names)) {
    const std::size_t count = fold.members.size();
    append_format(out, "{} {}  {}{}\n", sign, printable(fold.text), printable(rows[fold.members[0]].second),
                  count == 1 ? "" : fmt::format("  ({})", counted(count, "tensor")));
  }
}

void append_row(const Checkpoint& checkpoint, const StoredTensor& tensor, std::string& out) {
  const std::string_view torch = torch_name(tensor.dtype);
  out += "\"dtype\":";
  append_json_string(torch.empty() || tensor.dtype == Dtype::kUint8 ? tensor.type_name : torch, out);
  append_format(out, ",\"shape\":[{}]", fmt::join(checkpoint.shape(tensor), ","));
}

void append_list(std::string_view key, const Checkpoint& checkpoint, const std::vector<const StoredTensor*>& tensors,
                 std::string& out) {
  append_format(out, "\"{}\":[", key);
  for (const StoredTensor* tensor : tensors) {
    out += tensor == tensors.front() ? "{\"name\":" : ",{\"name\":";
    append_json_string(tensor->name, out);
    out += ',';
    append_row(checkpoint, *tensor, out);
    out += '}';
  }
  out += "],";
}

}  // namespace

CheckpointDifference difference(const Checkpoint& before, const Checkpoint& after) {
  CheckpointDifference result;
  auto a = before.tensors.begin();
  auto b = after.tensors.begin();
  while (a != before.tensors.end() || b != after.tensors.end()) {
    if (b == after.tensors.end() || (a != before.tensors.end() && a->name < b->name)) {
      result.only_before.push_back(&*a++);
    } else if (a == before.tensors.end() || b->name < a->name) {
      result.only_after.push_back(&*b++);
    } else {
      if (is_same(before, *a, after, *b)) {
        ++result.same;
      } else {
        result.changed.push_back({&*a, &*b});
      }
      ++a;
      ++b;
    }
  }
  return result;
}

std::string difference_text(const Checkpoint& before, const Checkpoint& after, const CheckpointDifference& difference) {
  std::string out;
  std::vector<std::pair<std::string_view, std::string>> rows;
  for (const StoredTensor* tensor : difference.only_before)
    rows.emplace_back(tensor->name, type_and_shape(before, *tensor));
  append_lines('-', rows, out);
  rows.clear();
  for (const StoredTensor* tensor : difference.only_after)
    rows.emplace_back(tensor->name, type_and_shape(after, *tensor));
  append_lines('+', rows, out);
  rows.clear();
  for (const auto& [a, b] : difference.changed) {
    rows.emplace_back(a->name, fmt::format("{} -> {}", type_and_shape(before, *a), type_and_shape(after, *b)));
  }
  append_lines('~', rows, out);
  out += fmt::format("{} only before, {} only after, {} changed, {} the same\n", difference.only_before.size(),
                     difference.only_after.size(), difference.changed.size(), difference.same);
  return out;
}

std::string difference_json(const Checkpoint& before, const Checkpoint& after, const CheckpointDifference& difference) {
  std::string out = "{";
  append_list("removed", before, difference.only_before, out);
  append_list("added", after, difference.only_after, out);
  out += "\"changed\":[";
  for (std::size_t i = 0; i < difference.changed.size(); ++i) {
    const auto& [a, b] = difference.changed[i];
    out += i == 0 ? "{\"name\":" : ",{\"name\":";
    append_json_string(a->name, out);
    out += ",\"before\":{";
    append_row(before, *a, out);
    out += "},\"after\":{";
    append_row(after, *b, out);
    out += "}}";
  }
  out += fmt::format("],\"same\":{}}}", difference.same);
  return out;
}

}  // namespace ckptlint

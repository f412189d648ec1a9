// A checkpoint as `ckptlint list` prints it for people: repeated names folded, totals, files.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "base/append_format.h"
#include "base/byte_text.h"
#include "base/checked.h"
#include "base/escape.h"
#include "base/fold_names.h"
#include "checkpoint/file_magic.h"
#include "checkpoint/listing.h"

namespace ckptlint {
namespace {

struct Row {
  std::string name;
  std::string type;
  std::string shape;
  std::string size;
  std::string_view first;  // the first of its names, for the order
};

std::uint64_t sum(std::uint64_t a, std::uint64_t b) { return checked_add(a, b).value_or(~0ull); }

std::uint64_t total_bytes(const Checkpoint& checkpoint) {
  std::uint64_t total = 0;
  for (const StoredTensor& tensor : checkpoint.tensors) total = sum(total, tensor.bytes());
  return total;
}

// Tensors alike in type and shape have the same number.
std::vector<NameToFold> names_by_kind(const Checkpoint& checkpoint) {
  std::map<std::pair<std::string_view, std::vector<std::int64_t>>, std::uint64_t> kinds;
  // Many tensors share one place of the extents, and so their shape.
  std::map<std::tuple<const char*, std::uint32_t, std::uint8_t>, std::uint64_t> known;
  std::vector<NameToFold> names;
  names.reserve(checkpoint.tensors.size());
  for (const StoredTensor& tensor : checkpoint.tensors) {
    const auto [it, is_new] = known.try_emplace({tensor.type_name.data(), tensor.first_extent, tensor.rank});
    if (is_new) {
      const auto shape = checkpoint.shape(tensor);
      it->second = kinds.try_emplace({tensor.type_name, {shape.begin(), shape.end()}}, kinds.size()).first->second;
    }
    names.push_back({tensor.name, it->second});
  }
  return names;
}

std::vector<Row> rows_of(const Checkpoint& checkpoint) {
  std::vector<Row> rows;
  const std::vector<NameToFold> names = names_by_kind(checkpoint);
  for (const FoldedName& fold : fold_names(names)) {
    const StoredTensor& tensor = checkpoint.tensors[fold.members[0]];
    const std::string each = byte_text(tensor.bytes());
    rows.push_back({printable(fold.text), printable(tensor.type_name),
                    fmt::format("[{}]", fmt::join(checkpoint.shape(tensor), ", ")),
                    fold.members.size() == 1 ? each : fmt::format("{} x {}", fold.members.size(), each), tensor.name});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return natural_less(a.first, b.first); });
  return rows;
}

void append_table(const std::vector<Row>& rows, std::string& out) {
  // A hostile name does not push the other columns off the screen.
  constexpr std::size_t kWidestName = 100;
  std::size_t name = 0;
  std::size_t type = 0;
  std::size_t shape = 0;
  for (const Row& row : rows) {
    name = std::max(name, std::min(row.name.size(), kWidestName));
    type = std::max(type, row.type.size());
    shape = std::max(shape, std::min(row.shape.size(), kWidestName));
  }
  for (const Row& row : rows) {
    append_format(out, "  {:<{}}  {:<{}}  {:<{}}  {}\n", row.name, name, row.type, type, row.shape, shape, row.size);
  }
}

void append_totals(const Checkpoint& checkpoint, std::string& out) {
  struct Total {
    std::size_t tensors = 0;
    std::uint64_t bytes = 0;
  };
  std::map<std::string_view, Total> by_type;
  for (const StoredTensor& tensor : checkpoint.tensors) {
    Total& total = by_type[tensor.type_name];
    ++total.tensors;
    total.bytes = sum(total.bytes, tensor.bytes());
  }
  append_format(out, "  {}, {}", counted(checkpoint.tensors.size(), "tensor"), byte_text(total_bytes(checkpoint)));
  std::vector<std::string> parts;
  parts.reserve(by_type.size());
  for (const auto& [type, total] : by_type)
    parts.push_back(fmt::format("{} {} in {}", type, byte_text(total.bytes), total.tensors));
  if (by_type.size() > 1) append_format(out, " ({})", fmt::join(parts, "; "));
  out += "\n";
}

void append_files(const Checkpoint& checkpoint, std::string& out) {
  for (const Shard& shard : checkpoint.shards) {
    const std::string state = !shard.exists ? "absent"
                                            : fmt::format("{}, {}, {}", format_name(shard.format),
                                                          byte_text(shard.size), counted(shard.tensor_count, "tensor"));
    append_format(out, "  {}: {}\n", printable(shard.path), state);
  }
}

}  // namespace

std::string listing_text(const Checkpoint& checkpoint, std::string_view shown) {
  std::string out = printable(shown) + "\n";
  if (!checkpoint.has_weights() && checkpoint.defects.empty()) out += "  no weights\n";
  append_table(rows_of(checkpoint), out);
  append_files(checkpoint, out);
  if (checkpoint.has_weights()) append_totals(checkpoint, out);
  for (const WeightSet& set : checkpoint.sets) {
    // One set alone needs no reason.
    if (checkpoint.sets.size() == 1 && set.automatic) continue;
    append_format(out, "  {} {}: {}\n", set.automatic ? "loads" : "not loaded", printable(set.entry),
                  printable(set.why));
  }
  for (const Defect& defect : checkpoint.defects) {
    append_format(out, "  {}: {}:{}: {}\n", defect.stops_loading ? "error" : "warning", printable(defect.file),
                  defect.offset, printable(defect.message));
  }
  return out;
}

}  // namespace ckptlint

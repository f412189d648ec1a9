// Holds what an index says of its shards against what is in them, for the defects of an index.
#include <fmt/format.h>

#include <algorithm>

#include "base/byte_text.h"
#include "base/checked.h"
#include "base/escape.h"
#include "checkpoint/defect_log.h"
#include "checkpoint/index.h"

namespace ckptlint {
namespace {

class IndexCheck {
 public:
  IndexCheck(const IndexFile& file, const std::vector<Shard>& shards, const std::vector<StoredTensor>& rows)
      : file_(file), shards_(shards), rows_(rows), log_(file.index.path) {}

  std::vector<Defect> run() {
    check_shards();
    if (!file_.as_listed) check_names();
    if (file_.index.total_size && all_read()) check_total(*file_.index.total_size);
    return log_.take();
  }

 private:
  bool was_read(ShardId id) const { return shards_[index(id)].loadable; }
  bool all_read() const {
    const auto outside = [](const auto& entry) { return entry.second == ShardId::kNone; };
    return std::all_of(shards_.begin(), shards_.end(), [](const Shard& shard) { return shard.loadable; }) &&
           (file_.as_listed || std::none_of(file_.index.weight_map.begin(), file_.index.weight_map.end(), outside));
  }

  void check_shards() {
    if (std::all_of(shards_.begin(), shards_.end(), [](const Shard& shard) { return shard.exists; })) return;
    std::vector<std::uint64_t> listed(shards_.size());
    for (const auto& [name, shard] : file_.index.weight_map) {
      if (shard != ShardId::kNone) ++listed[index(shard)];
    }
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      if (shards_[i].exists) continue;
      log_.add_with(DefectKind::kShardAbsent, true, [&] {
        return DefectLog::Words{
            offset_of(shards_[i].path.substr(folder_length())), "",
            fmt::format(
                "the index puts {} in {}, which is not there{}", counted(listed[i], "tensor"),
                quoted_name(shards_[i].path),
                shards_[i].path.find('\\') == std::string::npos ? "" : ": only on Windows does `\\` separate folders")};
      });
    }
  }

  // Walks both sorted lists side by side.
  void check_names() {
    auto row = rows_.begin();
    for (const auto& entry : file_.index.weight_map) {
      const std::string_view name = entry.first;
      const ShardId shard = entry.second;
      // The same text in both, nearly always: looked at before it is compared for order.
      for (; row != rows_.end() && row->name != name && row->name < name; ++row) unlisted(*row);
      const auto first = row;
      while (row != rows_.end() && row->name == name) ++row;
      if (row - first > 1) twice(first, row);
      if (shard == ShardId::kNone || !was_read(shard)) continue;
      if (first == row) {
        named(DefectKind::kTensorAbsent, name, [&] {
          return fmt::format("the index puts {} in {}, whose header has no such tensor", quoted_name(name),
                             path(shard));
        });
      } else if (std::none_of(first, row, [&](const StoredTensor& tensor) { return tensor.shard == shard; })) {
        named(DefectKind::kTensorElsewhere, name, [&] {
          return fmt::format("the index puts {} in {}, but it is in {}", quoted_name(name), path(shard),
                             path(first->shard));
        });
      }
    }
    for (; row != rows_.end(); ++row) unlisted(*row);
  }

  void unlisted(const StoredTensor& tensor) {
    if (!file_.index.complete) return;  // what could not be read of it may list the tensor
    log_.add_with(DefectKind::kTensorUnlisted, false, [&] {
      return DefectLog::Words{
          0, tensor.name,
          fmt::format("{} has {}, which the index does not list", path(tensor.shard), quoted_name(tensor.name))};
    });
  }

  template <typename Iterator>
  void twice(Iterator first, Iterator last) {
    named(DefectKind::kTensorTwice, first->name, [&] {
      return fmt::format("{} is in {} and in {}; the last is loaded", quoted_name(first->name), path(first->shard),
                         path((last - 1)->shard));
    });
  }

  // A defect of a tensor that the index lists.
  template <typename MakeMessage>
  void named(DefectKind kind, std::string_view name, MakeMessage message) {
    log_.add_with(kind, false, [&] { return DefectLog::Words{offset_of(name), name, message()}; });
  }

  void check_total(std::uint64_t claimed) {
    std::uint64_t total = 0;
    for (const StoredTensor& tensor : rows_) total = checked_add(total, tensor.bytes()).value_or(~0ull);
    if (total == claimed) return;
    log_.add(DefectKind::kTotalSize, false, offset_of("total_size"), "",
             fmt::format("`total_size` is {}, but the tensors have {} bytes", claimed, total));
  }

  std::string path(ShardId id) const { return quoted_name(shards_[index(id)].path); }
  std::size_t folder_length() const {
    const std::size_t slash = file_.index.path.rfind('/');
    return slash == std::string::npos ? 0 : slash + 1;
  }
  // The byte where the index first has `text` as a whole string; 0 where it is written with escapes.
  std::uint64_t offset_of(std::string_view text) const {
    const std::size_t at = file_.text.view().find(fmt::format("\"{}\"", text));
    return at == std::string::npos ? 0 : at;
  }

  const IndexFile& file_;
  const std::vector<Shard>& shards_;
  const std::vector<StoredTensor>& rows_;
  DefectLog log_;
};

}  // namespace

void check_index(const IndexFile& file, const std::vector<Shard>& shards, const std::vector<StoredTensor>& rows,
                 std::vector<Defect>& out) {
  std::vector<Defect> found = IndexCheck(file, shards, rows).run();
  out.insert(out.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
}

}  // namespace ckptlint

// Reads the index of a sharded checkpoint: which shard each tensor is said to be in, and the total size.
#include "checkpoint/index.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>

#include "base/byte_source.h"
#include "base/escape.h"
#include "base/json_cursor.h"
#include "base/paths.h"
#include "checkpoint/defect_log.h"
#include "checkpoint/plain_rows.h"
#include "checkpoint/weight_file.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostEntries = 1'000'000;
constexpr std::size_t kMostShards = 10'000;
constexpr std::size_t kTypicalEntry = 80;  // bytes of a tensor in an index

// Files get numbers as they come; read_index sorts them afterwards.
class IndexReader {
 public:
  IndexReader(IndexFile& file, std::string folder, DefectLog& log)
      : file_(file), json_(file.text.view()), folder_(std::move(folder)), log_(log) {
    file_.index.weight_map.reserve(std::min(kMostEntries, file.text.size() / kTypicalEntry));
  }

  void run() {
    if (!read()) return;
    file_.index.complete = has_weight_map_ && all_named_;
    if (!has_weight_map_) log_.add(DefectKind::kIndexField, true, 0, "", "the index has no `weight_map`");
    if (file_.index.complete && file_.index.weight_map.empty())
      log_.add(DefectKind::kIndexField, true, 0, "", "`weight_map` is empty: the index leads to no tensor");
    if (!file_.index.has_metadata) {
      log_.add(DefectKind::kIndexField, true, 0, "", "the index has no `metadata`, which from_pretrained reads");
    }
  }

 private:
  // Each of these reads one value, and returns false where the text goes wrong or nothing more is to be read.

  bool read() {
    const JsonToken root = json_.next();
    if (root == JsonToken::kError) return syntax_error();
    if (root != JsonToken::kObject) {
      log_.add(DefectKind::kIndexField, true, json_.offset(), "", "the index is no object");
      return false;
    }
    JsonToken token = json_.next();
    for (; token == JsonToken::kKey; token = json_.next()) {
      const std::string name(json_.string());
      const JsonToken value = json_.next();
      const bool known = name == "metadata" || name == "weight_map";
      if (known && value == JsonToken::kObject) {
        if (!(name == "metadata" ? read_metadata() : read_weight_map())) return false;
        continue;
      }
      if (known && value != JsonToken::kError) {
        log_.add(DefectKind::kIndexField, true, json_.offset(), "", fmt::format("`{}` is no object", name));
      }
      if (!json_.skip_rest(value)) return syntax_error();
    }
    return (token == JsonToken::kObjectEnd && json_.next() == JsonToken::kEnd) || syntax_error();
  }

  bool read_metadata() {
    file_.index.has_metadata = true;
    JsonToken token = json_.next();
    for (; token == JsonToken::kKey; token = json_.next()) {
      const bool is_total = json_.string() == "total_size";
      const JsonToken value = json_.next();
      if (is_total && value == JsonToken::kWholeNumber) file_.index.total_size = json_.number();
      if (!json_.skip_rest(value)) return syntax_error();
    }
    return token == JsonToken::kObjectEnd || syntax_error();
  }

  bool read_weight_map() {
    has_weight_map_ = true;
    JsonToken token = json_.next();
    for (; token == JsonToken::kKey; token = json_.next()) {
      const std::string_view name = stored_name();
      const JsonToken value = json_.next();
      if (value == JsonToken::kString) {
        if (!add(name, shard(name, json_.string(), json_.offset()), json_.offset()) || !read_plain_entries())
          return false;
        continue;
      }
      all_named_ = false;
      if (value != JsonToken::kError) {
        log_.add_with(DefectKind::kIndexField, true, [&] {
          return DefectLog::Words{json_.offset(), name,
                                  fmt::format("`weight_map` gives {} no file's name", quoted_name(name))};
        });
      }
      if (!json_.skip_rest(value)) return syntax_error();
    }
    return token == JsonToken::kObjectEnd || syntax_error();
  }

  // Names are views of the index's own text, or of a text of their own where they are written with escapes.
  std::string_view stored_name() {
    if (json_.is_verbatim()) return json_.string();
    const auto own = std::make_shared<const std::string>(json_.string());
    file_.texts.push_back(own);
    return *own;
  }

  // Entries without escapes, read without looking at each token; up to the first that has some.
  bool read_plain_entries() {
    while (const auto entry = plain_entries_.read(json_.rest())) {
      json_.pass_members(entry->length);
      const auto quote = static_cast<std::uint64_t>(entry->file.data() - 1 - file_.text.view().data());
      if (!entry->same_file) plain_shard_ = shard(entry->name, entry->file, quote);
      if (!add(entry->name, plain_shard_, quote)) return false;
    }
    return true;
  }

  // `offset` is where the index names the file.
  bool add(std::string_view name, ShardId shard, std::uint64_t offset) {
    if (file_.index.weight_map.size() == kMostEntries) {
      return too_many(offset, fmt::format("the index lists more than {} tensors; the rest was not read", kMostEntries));
    }
    // Here both names have just been read: later on they would have to be fetched again.
    auto& map = file_.index.weight_map;
    file_.by_name = file_.by_name && (map.empty() || map.back().first < name);
    map.emplace_back(name, shard);
    if (file_.shards.size() <= kMostShards) return true;
    return too_many(offset, fmt::format("the index names more than {} files; the rest was not read", kMostShards));
  }

  bool too_many(std::uint64_t offset, std::string words) {
    log_.add(DefectKind::kTooManyTensors, false, offset, "", std::move(words));
    return false;
  }

  ShardId shard(std::string_view tensor, std::string_view file, std::uint64_t offset) {
    const auto [it, is_new] = numbers_.try_emplace(std::string(file), ShardId::kNone);
    if (is_new && (file.empty() || !is_plain_path(file))) {
      log_.add_with(DefectKind::kIndexLeavesRepo, true, [&] {
        return DefectLog::Words{offset, tensor,
                                fmt::format("the index puts {} in {}, which is not inside the repo",
                                            quoted_name(tensor), quoted_name(file))};
      });
    } else if (is_new) {
      it->second = static_cast<ShardId>(file_.shards.size());
      file_.shards.push_back(joined_path(folder_, file));
    }
    return it->second;
  }

  bool syntax_error() {
    log_.add(DefectKind::kIndexSyntax, true, json_.offset(), "",
             json_.too_deep() ? fmt::format("the index nests deeper than {} levels", JsonCursor::kDeepest)
                              : fmt::format("the index is not valid JSON at byte {}", json_.offset()));
    return false;
  }

  IndexFile& file_;
  JsonCursor json_;
  PlainEntries plain_entries_;
  std::string folder_;
  DefectLog& log_;
  std::unordered_map<std::string, ShardId> numbers_;  // by the file's name in the index
  ShardId plain_shard_ = ShardId::kNone;              // of the last of plain_entries_
  bool has_weight_map_ = false;
  bool all_named_ = true;  // by each row of it
};

void sort_shards(IndexFile& file) {
  std::vector<std::uint32_t> order(file.shards.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return file.shards[a] < file.shards[b]; });
  std::vector<ShardId> moved(order.size());
  std::vector<std::string> sorted;
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    moved[order[i]] = static_cast<ShardId>(i);
    sorted.push_back(std::move(file.shards[order[i]]));
  }
  file.shards = std::move(sorted);
  for (auto& [name, shard] : file.index.weight_map) {
    if (shard != ShardId::kNone) shard = moved[index(shard)];
  }
}

Result<SharedBytes> whole_file(const FileTree& repo, const std::string& path) {
  constexpr std::uint64_t kMost = ReadLimits{}.header_bytes;
  const Result<ByteSource> source = repo.open(path);
  if (!source) return source.error();
  if (source->size() > kMost)
    return Error{
        fmt::format("cannot read {}: it has {} bytes, more than {}", quoted_name(path), source->size(), kMost)};
  return source->read_shared(0, source->size());
}

}  // namespace

IndexFile read_index(const FileTree& repo, const std::string& path) {
  IndexFile file;
  file.index.path = path;
  DefectLog log(path);
  Result<SharedBytes> text = whole_file(repo, path);
  if (!text) {
    log.add(DefectKind::kUnreadable, true, 0, "", text.error().message);
    file.defects = log.take();
    return file;
  }
  file.text = *text;
  file.texts.push_back(file.text.owner());
  const std::size_t slash = path.rfind('/');
  IndexReader(file, slash == std::string::npos ? "" : path.substr(0, slash), log).run();
  sort_shards(file);
  file.defects = log.take();
  return file;
}

}  // namespace ckptlint

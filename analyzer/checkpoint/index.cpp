#include "checkpoint/index.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/escape.h"
#include "base/paths.h"
#include "checkpoint/defect_log.h"
#include "checkpoint/weight_file.h"

namespace ckptlint {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxEntries = 1'000'000;
constexpr std::size_t kMaxShards = 10'000;

// Files get numbers as they come; read_index sorts them afterwards.
class IndexReader : public nlohmann::json_sax<Json> {
 public:
  IndexReader(IndexFile& file, std::string folder, DefectLog& log)
      : file_(file), folder_(std::move(folder)), log_(log), names_(std::make_shared<std::string>()) {
    names_->reserve(file.text.size());  // decoding JSON never lengthens a string, so names never move
    file_.names = names_;
  }

  bool has_weight_map() const { return has_weight_map_; }

  bool null() override { return other("null"); }
  bool boolean(bool) override { return other("a truth value"); }
  bool number_integer(std::int64_t) override { return other("a number"); }
  bool number_unsigned(std::uint64_t value) override {
    if (section_ == Section::kMetadata && depth_ == 2 && key_ == "total_size") file_.index.total_size = value;
    return other("a number");
  }
  bool number_float(double value, const std::string&) override {
    const bool whole = value >= 0 && value < 0x1p63 && std::floor(value) == value;
    return whole ? number_unsigned(static_cast<std::uint64_t>(value)) : other("a number");
  }
  bool string(std::string& value) override {
    if (section_ != Section::kWeightMap || depth_ != 2) return other("a string");
    if (file_.index.weight_map.size() == kMaxEntries) {
      log_.add(DefectKind::kTooManyTensors, false, 0, "",
               fmt::format("the index lists more than {} tensors; the rest was not read", kMaxEntries));
      return false;
    }
    file_.index.weight_map.emplace_back(stored_key(), shard(value));
    if (file_.shards.size() <= kMaxShards) return true;
    log_.add(DefectKind::kTooManyTensors, false, 0, "",
             fmt::format("the index names more than {} files; the rest was not read", kMaxShards));
    return false;
  }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    if (depth_ == 1 && section_ == Section::kMetadata) file_.index.has_metadata = true;
    if (depth_ == 1 && section_ == Section::kWeightMap) has_weight_map_ = true;
    if (depth_ == 2 && section_ == Section::kWeightMap) other("an object");
    return deeper();
  }
  bool end_object() override { return --depth_, true; }
  bool start_array(std::size_t) override { return other("a list") && deeper(); }
  bool end_array() override { return --depth_, true; }
  bool key(std::string& name) override {
    if (depth_ == 1) {
      section_ = name == "metadata" ? Section::kMetadata : name == "weight_map" ? Section::kWeightMap : Section::kOther;
    }
    if (depth_ <= 2) key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return syntax_error(position == 0 ? 0 : position - 1);
  }
  bool syntax_error(std::size_t offset) {
    log_.add(DefectKind::kIndexSyntax, true, offset, "", fmt::format("the index is not valid JSON at byte {}", offset));
    return false;
  }

 private:
  enum class Section : std::uint8_t { kOther, kMetadata, kWeightMap };

  bool deeper() {
    if (++depth_ <= kMaxDepth) return true;
    log_.add(DefectKind::kIndexSyntax, true, 0, "", fmt::format("the index nests deeper than {} levels", kMaxDepth));
    return false;
  }

  // A value that is not what its place asks for, or of no interest.
  bool other(std::string_view what) {
    if (depth_ == 0) {
      log_.add(DefectKind::kIndexField, true, 0, "", fmt::format("the index is {}, not an object", what));
    } else if (depth_ == 1 && section_ != Section::kOther) {
      log_.add(DefectKind::kIndexField, true, 0, "", fmt::format("`{}` is {}, not an object", key_, what));
    } else if (depth_ == 2 && section_ == Section::kWeightMap) {
      log_.add_with(DefectKind::kIndexField, true, [&] {
        return DefectLog::Words{
            0, key_, fmt::format("`weight_map` gives {} for {}, not a file's name", what, quoted_name(key_))};
      });
    }
    return true;
  }

  std::string_view stored_key() {
    const std::size_t begin = names_->size();
    names_->append(key_);
    return std::string_view(*names_).substr(begin);
  }

  ShardId shard(const std::string& name) {
    const auto [it, is_new] = numbers_.try_emplace(name, ShardId::kNone);
    if (!is_new) return it->second;
    if (!is_plain_path(name) || name.empty()) {
      log_.add(
          DefectKind::kIndexLeavesRepo, true, 0, key_,
          fmt::format("the index puts {} in {}, which is not inside the repo", quoted_name(key_), quoted_name(name)));
    } else {
      it->second = static_cast<ShardId>(file_.shards.size());
      file_.shards.push_back(joined_path(folder_, name));
    }
    return it->second;
  }

  IndexFile& file_;
  std::string folder_;
  DefectLog& log_;
  std::shared_ptr<std::string> names_;
  std::map<std::string, ShardId> numbers_;
  std::size_t depth_ = 0;
  Section section_ = Section::kOther;
  std::string key_;
  bool has_weight_map_ = false;
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

// Of equal names the last counts, as in Python.
void sort_names(WeightIndex& index) {
  auto& rows = index.weight_map;
  const auto before = [](const auto& a, const auto& b) { return a.first < b.first; };
  if (!std::is_sorted(rows.begin(), rows.end(), before)) std::stable_sort(rows.begin(), rows.end(), before);
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  rows.erase(rows.begin(), std::unique(rows.rbegin(), rows.rend(), same).base());
}

}  // namespace

IndexFile read_index(const FileTree& repo, const std::string& path) {
  IndexFile file;
  file.index.path = path;
  DefectLog log(path);
  Result<std::string> text = repo.read(path, ReadLimits{}.header_bytes);
  if (!text) {
    log.add(DefectKind::kUnreadable, true, 0, "", text.error().message);
    file.defects = log.take();
    return file;
  }
  file.text = std::move(*text);
  const std::size_t slash = path.rfind('/');
  IndexReader reader(file, slash == std::string::npos ? "" : path.substr(0, slash), log);
  bool complete = Json::sax_parse(file.text.begin(), file.text.end(), &reader);
  // The parser takes a NUL for the end of the text.
  const std::size_t nul = file.text.find('\0');
  if (complete && nul != std::string::npos) complete = reader.syntax_error(nul);
  if (complete && !reader.has_weight_map()) {
    log.add(DefectKind::kIndexField, true, 0, "", "the index has no `weight_map`");
  }
  if (complete && !file.index.has_metadata) {
    log.add(DefectKind::kIndexField, true, 0, "", "the index has no `metadata`, which from_pretrained reads");
  }
  sort_shards(file);
  sort_names(file.index);
  file.defects = log.take();
  return file;
}

}  // namespace ckptlint

// A tree of files given by text, with one file that is a header and as many zeros as it speaks of.
#include "check/saved_repo.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/byte_source.h"

namespace ckptlint {
namespace {

constexpr const char* kWeights = "model.safetensors";

// A front, then zeros.
class FrontAndZeros final : public FetchedBytes {
 public:
  FrontAndZeros(std::string front, std::uint64_t size) : front_(std::move(front)), size_(size) {}

  std::uint64_t size() const override { return size_; }
  Result<std::string> fetch(std::uint64_t offset, std::uint64_t length) const override {
    std::string bytes = offset < front_.size() ? front_.substr(offset, length) : std::string();
    bytes.resize(length, '\0');
    return bytes;
  }

 private:
  std::string front_;
  std::uint64_t size_;
};

// Eight bytes that say how long the header is, and the header.
std::shared_ptr<const FetchedBytes> weights_of(const Saved& saved) {
  nlohmann::ordered_json header = {{"__metadata__", {{"format", "pt"}}}};
  std::uint64_t end = 0;
  for (const SavedTensor& tensor : saved.tensors) {
    std::uint64_t bits_of_all = bits(tensor.dtype);
    for (const std::int64_t extent : tensor.shape) bits_of_all *= static_cast<std::uint64_t>(extent);
    const std::uint64_t begin = std::exchange(end, end + (bits_of_all + 7) / 8);
    header[tensor.name] = {
        {"dtype", safetensors_name(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  std::string front;
  for (int shift = 0; shift < 64; shift += 8) front += static_cast<char>(text.size() >> shift & 0xff);
  front += text;
  const std::uint64_t size = front.size() + end;
  return std::make_shared<FrontAndZeros>(std::move(front), size);
}

class SavedRepo final : public FileTree {
 public:
  SavedRepo(const Saved& saved, FileTreePtr origin)
      : files_(in_memory_tree(saved.files)), origin_(std::move(origin)), weights_(weights_of(saved)) {}

  Result<std::string> read(std::string_view path, std::uint64_t max_bytes) const override {
    return is_code(path) ? origin_->read(path, max_bytes) : files_->read(path, max_bytes);
  }
  bool is_file(std::string_view path) const override {
    return path == kWeights || (is_code(path) ? origin_->is_file(path) : files_->is_file(path));
  }
  bool is_folder(std::string_view path) const override { return files_->is_folder(path) || origin_->is_folder(path); }
  std::vector<std::string> list(std::string_view folder) const override {
    std::vector<std::string> names = files_->list(folder);
    if (folder.empty()) names.emplace_back(kWeights);
    for (const std::string& name : origin_->list(folder)) {
      const std::string path = folder.empty() ? name : std::string(folder) + "/" + name;
      if (is_code(name) || origin_->is_folder(path)) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }
  std::string real_path(std::string_view path) const override { return is_code(path) ? origin_->real_path(path) : ""; }
  Result<ByteSource> open(std::string_view path) const override {
    if (path == kWeights) return ByteSource(weights_, kWeights);
    return is_code(path) ? origin_->open(path) : files_->open(path);
  }
  std::optional<Error> lost() const override { return origin_->lost(); }

 private:
  static bool is_code(std::string_view path) { return path.ends_with(".py"); }

  FileTreePtr files_, origin_;
  std::shared_ptr<const FetchedBytes> weights_;
};

}  // namespace

FileTreePtr saved_repo(const Saved& saved, FileTreePtr origin) {
  return std::make_shared<SavedRepo>(saved, std::move(origin));
}

}  // namespace ckptlint

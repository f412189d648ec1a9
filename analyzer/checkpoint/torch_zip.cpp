// The format that torch.save writes since release 1.6: a zip with a pickle and one member for each storage.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/escape.h"
#include "base/zip_archive.h"
#include "checkpoint/torch_file.h"
#include "checkpoint/torch_rows.h"

namespace ckptlint {
namespace {

class TorchZipReader {
 public:
  TorchZipReader(const ZipArchive& archive, const ReadLimits& limits, DefectLog& log, WeightFile& file)
      : archive_(archive), limits_(limits), log_(log), file_(file) {}

  void run() {
    if (archive_.members().empty()) {
      log_.add(DefectKind::kWrongFormat, true, 0, "", "the file is a zip archive without members");
      return;
    }
    // torch takes the folder of the first member for that of all.
    const std::string_view first = archive_.members().front().name;
    const std::size_t slash = first.find('/');
    if (slash != std::string_view::npos) index_members(first.substr(0, slash + 1));
    const ZipMember* pickle_member = find("data.pkl");
    if (pickle_member == nullptr || find("constants.pkl") != nullptr) {
      log_.add(DefectKind::kWrongFormat, true, 0, "",
               pickle_member == nullptr
                   ? "the file is a zip archive, but not torch's: it has no `data.pkl`"
                   : "the file is a TorchScript archive, which torch.load refuses with `weights_only=True`");
      if (pickle_member == nullptr) return;
    }
    const Result<std::string> bytes = archive_.read(*pickle_member, kLongestPickle);
    if (!bytes) {
      log_.add(DefectKind::kUnreadable, true, pickle_member->header_offset, "", bytes.error().message);
      return;
    }
    const std::uint64_t offset = archive_.data_offset(*pickle_member).ok() ? *archive_.data_offset(*pickle_member) : 0;
    const Pickle pickle = Pickle::read(*bytes);
    check_pickle(pickle, offset, log_, file_);
    const TorchState state = torch_state(pickle, limits_.tensors);
    check_state(state, offset, log_);
    append_rows(state, places(state), file_);
  }

 private:
  void index_members(std::string_view folder) {
    for (const ZipMember& member : archive_.members()) {
      if (member.name.starts_with(folder)) members_.try_emplace(member.name.substr(folder.size()), &member);
    }
  }
  const ZipMember* find(std::string_view name) const {
    const auto it = members_.find(name);
    return it == members_.end() ? nullptr : it->second;
  }

  // Also checks that every storage is there and as long as the pickle says.
  StoragePlaces places(const TorchState& state) {
    StoragePlaces all;
    const bool little = is_little_endian();
    for (const TorchStorage& storage : state.storages) {
      all.push_back(std::nullopt);
      const ZipMember* member = find("data/" + storage.key);
      if (member == nullptr) {
        log_.add(DefectKind::kTruncated, true, 0, "",
                 fmt::format("the archive has no storage {}", quoted_name(storage.key)));
        continue;
      }
      if (member->size != storage.bytes()) {
        log_.add(DefectKind::kSizeMismatch, true, member->header_offset, "",
                 fmt::format("storage {} has {} bytes, where the pickle says {}", quoted_name(storage.key),
                             member->size, storage.bytes()));
        continue;
      }
      if (member->method != 0 || member->encrypted || !little) continue;
      const Result<std::uint64_t> begin = archive_.data_offset(*member);
      if (begin) {
        all.back() = *begin;
      } else {
        log_.add(DefectKind::kTruncated, true, member->header_offset, "", begin.error().message);
      }
    }
    return all;
  }

  bool is_little_endian() const {
    const ZipMember* member = find("byteorder");
    if (member == nullptr) return true;
    const Result<std::string> order = archive_.read(*member, 16);
    return order && *order == "little";
  }

  const ZipArchive& archive_;
  const ReadLimits& limits_;
  DefectLog& log_;
  WeightFile& file_;
  std::unordered_map<std::string_view, const ZipMember*> members_;  // by name within the archive's folder
};

}  // namespace

WeightFile read_torch_zip(const ByteSource& source, std::string_view path, const ReadLimits& limits) {
  WeightFile file;
  file.format = WeightFormat::kTorchZip;
  file.size = source.size();
  DefectLog log(path);
  const Result<ZipArchive> archive = ZipArchive::open(source, std::string(path));
  if (archive) {
    TorchZipReader(*archive, limits, log, file).run();
  } else {
    log.add(
        DefectKind::kTruncated, true, source.size(), "",
        fmt::format("the archive cannot be opened, most often because the file was cut: {}", archive.error().message));
  }
  file.defects = log.take();
  return file;
}

}  // namespace ckptlint

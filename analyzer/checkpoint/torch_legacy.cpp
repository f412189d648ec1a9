// The format that torch.save wrote before release 1.6: five pickles, then the bytes of each storage.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/checked.h"
#include "base/escape.h"
#include "base/little_endian.h"
#include "checkpoint/torch_file.h"
#include "checkpoint/torch_rows.h"

namespace ckptlint {
namespace {

// The file: four pickles (magic number, protocol version, system, the object), a fifth with the list of storage keys,
// and then for each key the number of its elements in eight bytes, and its bytes.
class TorchLegacyReader {
 public:
  TorchLegacyReader(const ByteSource& source, const ReadLimits& limits, DefectLog& log, WeightFile& file)
      : source_(source), limits_(limits), log_(log), file_(file) {}

  void run() {
    for (int i = 0; i < 3; ++i) {
      if (!next(kFirstWindow).root()) return;
    }
    const std::uint64_t begin = at_;
    const Pickle object = next(kLongestPickle);
    if (!object.root()) return;
    const TorchState state = torch_state(object, limits_.tensors);
    check_state(state, begin, log_);
    for (const TorchStorage& storage : state.storages) {
      if (!storage.untyped) continue;
      log_.add(DefectKind::kPickleSyntax, true, begin, "",
               fmt::format("storage {} is untyped, which torch writes into this format but cannot read from it",
                           quoted_name(storage.key)));
    }
    const Pickle keys = next(kLongestPickle);
    if (!keys.root()) return;
    append_rows(state, places(state, keys), file_);
  }

 private:
  // The pickle at at_, which moves behind it.  How long it is shows only in reading it.
  Pickle next(std::uint64_t longest) {
    for (std::uint64_t window = kFirstWindow;; window *= 8) {
      const Result<std::string> bytes = source_.read_up_to(at_, std::min(window, longest));
      if (!bytes) {
        log_.add(DefectKind::kUnreadable, true, at_, "", bytes.error().message);
        return {};
      }
      Pickle pickle = Pickle::read(*bytes);
      const bool more = pickle.ends_early() && bytes->size() == window && window < longest;
      if (more) continue;
      check_pickle(pickle, at_, log_, file_);
      at_ += pickle.size();
      return pickle;
    }
  }

  StoragePlaces places(const TorchState& state, const Pickle& keys) {
    std::unordered_map<std::string_view, std::size_t> numbers;
    for (std::size_t i = 0; i < state.storages.size(); ++i) numbers.emplace(state.storages[i].key, i);
    StoragePlaces all(state.storages.size());
    std::optional<std::uint64_t> begin = at_;
    for (const PickleId key : keys.items(*keys.root())) {
      const auto it = numbers.find(keys.text(key));
      const auto size = it == numbers.end() ? std::nullopt : std::optional(state.storages[it->second].bytes());
      const auto data = checked_add<std::uint64_t>(*begin, 8);
      begin = data && size ? checked_add(*data, *size) : std::nullopt;
      if (!begin || *begin > file_.size) {
        log_.add(DefectKind::kTruncated, true, file_.size, "",
                 fmt::format("the file ends inside or before storage {}", quoted_name(keys.text(key))));
        return all;
      }
      const Result<std::string> length = source_.read(*data - 8, 8);
      if (length && little_endian(*length) != state.storages[it->second].elements) {
        log_.add(DefectKind::kSizeMismatch, true, *data - 8, "",
                 fmt::format("storage {} has {} elements, where the pickle says {}", quoted_name(keys.text(key)),
                             little_endian(*length), state.storages[it->second].elements));
        return all;
      }
      all[it->second] = *data;
    }
    return all;
  }

  static constexpr std::uint64_t kFirstWindow = 1u << 16;

  const ByteSource& source_;
  const ReadLimits& limits_;
  DefectLog& log_;
  WeightFile& file_;
  std::uint64_t at_ = 0;
};

}  // namespace

WeightFile read_torch_legacy(const ByteSource& source, std::string_view path, const ReadLimits& limits) {
  WeightFile file;
  file.format = WeightFormat::kTorchLegacy;
  file.size = source.size();
  DefectLog log(path);
  TorchLegacyReader(source, limits, log, file).run();
  file.defects = log.take();
  return file;
}

}  // namespace ckptlint

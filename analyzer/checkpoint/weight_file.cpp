// Chooses the reader for a weight file by its first bytes, says what the file is where none fits, and puts its
// tensors in order.
#include "checkpoint/weight_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "base/same_text.h"
#include "checkpoint/defect_log.h"
#include "checkpoint/file_magic.h"
#include "checkpoint/gguf.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/torch_file.h"
#include "checkpoint/torch_rows.h"

namespace ckptlint {
namespace {

WeightFile without_tensors(const ByteSource& source, DefectLog& log) {
  WeightFile file;
  file.size = source.size();
  file.defects = log.take();
  return file;
}

std::string pointer_words(const FileMagic& magic) {
  const std::string size = magic.pointed_size == 0 ? "" : fmt::format(" of {} bytes", magic.pointed_size);
  return fmt::format("the file is {}: the weights{} were not fetched", magic.what, size);
}

WeightFile read_as(WeightFormat format, const ByteSource& source, std::string_view path, const ReadLimits& limits,
                   const ListedNames& listed) {
  switch (format) {
    case WeightFormat::kTorchZip:
      return read_torch_zip(source, path, limits);
    case WeightFormat::kTorchLegacy:
      return read_torch_legacy(source, path, limits);
    case WeightFormat::kGguf:
      return read_gguf(source, path, limits);
    default:
      return read_safetensors(source, path, limits, listed);
  }
}

bool has_names(const WeightFile& file, const ListedNames& names) {
  return names &&
         std::equal(file.by_name.begin(), file.by_name.end(), names->begin(), names->end(),
                    [&](std::uint32_t place, std::string_view name) { return file.tensors[place].name == name; });
}

}  // namespace

NameOrder order_of(const std::vector<StoredTensor>& tensors) {
  std::vector<std::string_view> names(tensors.size());
  std::transform(tensors.begin(), tensors.end(), names.begin(), [](const StoredTensor& tensor) { return tensor.name; });
  return name_order(names);
}

std::optional<NameOrder> order_as_listed(const std::vector<StoredTensor>& tensors, const ListedNames& listed) {
  if (!listed || listed->size() != tensors.size()) return std::nullopt;
  // Writers sort by the width of the dtype, then by name.
  struct Run {
    std::uint32_t next;
    std::uint32_t end;
  };
  constexpr std::size_t kMostRuns = 8;
  std::vector<Run> runs;
  for (std::uint32_t i = 0; i < tensors.size(); ++i) {
    if (i == 0 || tensors[i].dtype != tensors[i - 1].dtype) runs.push_back({i, i});
    if (runs.size() > kMostRuns) return std::nullopt;
    runs.back().end = i + 1;
  }
  NameOrder order;
  order.places.reserve(tensors.size());
  for (const std::string_view name : *listed) {
    bool found = false;
    for (Run& run : runs) {
      if (run.next == run.end || !same_text(tensors[run.next].name, name)) continue;
      order.places.push_back(run.next++);
      found = true;
      break;
    }
    if (!found) return std::nullopt;
  }
  return order;
}

WeightFile read_weight_file(const ByteSource& source, std::string_view path, const ReadLimits& limits,
                            const ListedNames& listed) {
  DefectLog log(path);
  const Result<std::string> front = source.read_up_to(0, kMagicBytes);
  if (!front) {
    log.add(DefectKind::kUnreadable, true, 0, "", front.error().message);
    return without_tensors(source, log);
  }
  if (front->empty()) {
    log.add(DefectKind::kEmpty, true, 0, "", "the file is empty");
    return without_tensors(source, log);
  }
  const FileMagic magic = file_magic(*front);
  if (magic.pointer) {
    log.add(DefectKind::kLfsPointer, true, 0, "", pointer_words(magic));
    return without_tensors(source, log);
  }
  const WeightFormat promised = promised_format(path);
  const bool recognised = !magic.what.empty();
  const WeightFormat format =
      recognised || promised != WeightFormat::kSafetensors ? magic.format : WeightFormat::kSafetensors;
  // torch.load tells its two formats apart by itself.
  const bool as_promised = promised == WeightFormat::kUnknown || promised == format ||
                           (promised == WeightFormat::kTorchZip && format == WeightFormat::kTorchLegacy);
  if (format != WeightFormat::kUnknown) {
    WeightFile file = read_as(format, source, path, limits, listed);
    if (file.by_name.size() != file.tensors.size()) file.by_name = order_of(file.tensors).places;
    file.as_listed = file.as_listed || has_names(file, listed);
    if (!as_promised) {
      log.add(DefectKind::kWrongFormat, true, 0, "", fmt::format("the file is {}, not what its name says", magic.what));
      std::vector<Defect> all = log.take();
      all.insert(all.end(), file.defects.begin(), file.defects.end());
      file.defects = std::move(all);
    }
    return file;
  }
  // A pickle under any name may be meant to be loaded as one.
  WeightFile named;
  if (is_pickle(*front)) {
    const Result<std::string> bytes = source.read_up_to(0, kLongestPickle);
    if (bytes) check_pickle(Pickle::read(*bytes), 0, log, named);
  }
  log.add(DefectKind::kWrongFormat, true, 0, "",
          recognised ? fmt::format("the file is {}, not {}", magic.what,
                                   promised == WeightFormat::kUnknown ? "a weight file" : "what its name says")
                     : "the file is of no known weight format");
  return without_tensors(source, log);
}

}  // namespace ckptlint

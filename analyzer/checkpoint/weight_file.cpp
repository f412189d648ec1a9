#include "checkpoint/weight_file.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "checkpoint/defect_log.h"
#include "checkpoint/file_magic.h"
#include "checkpoint/safetensors.h"

namespace ckptlint {
namespace {

WeightFile without_tensors(const ByteSource& source, DefectLog& log) {
  WeightFile file;
  file.size = source.size();
  file.defects = log.take();
  return file;
}

std::string lfs_words(const FileMagic& magic) {
  const std::string there = magic.lfs_size == 0 ? "" : fmt::format(" of {} bytes", magic.lfs_size);
  return fmt::format("the file is a Git LFS pointer: the weights{} were not fetched", there);
}

}  // namespace

WeightFile read_weight_file(const ByteSource& source, std::string_view path, const ReadLimits& limits) {
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
  if (magic.lfs_pointer) {
    log.add(DefectKind::kLfsPointer, true, 0, "", lfs_words(magic));
    return without_tensors(source, log);
  }
  const WeightFormat promised = promised_format(path);
  const bool recognised = !magic.what.empty();
  if (magic.format == WeightFormat::kSafetensors || (promised == WeightFormat::kSafetensors && !recognised)) {
    WeightFile file = read_safetensors(source, path, limits);
    if (promised != WeightFormat::kSafetensors && promised != WeightFormat::kUnknown) {
      log.add(DefectKind::kWrongFormat, true, 0, "", "the file is a safetensors file, not what its name says");
      std::vector<Defect> all = log.take();
      all.insert(all.end(), file.defects.begin(), file.defects.end());
      file.defects = std::move(all);
    }
    return file;
  }
  log.add(DefectKind::kWrongFormat, true, 0, "",
          recognised ? fmt::format("the file is {}, not {}", magic.what,
                                   promised == WeightFormat::kUnknown ? "a weight file" : "what its name says")
                     : "the file is of no known weight format");
  WeightFile file = without_tensors(source, log);
  file.format = magic.format;
  return file;
}

}  // namespace ckptlint

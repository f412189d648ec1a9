// Reads a safetensors file: the length of the header, the header, and where in the file each tensor lies.
#include "checkpoint/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/checked.h"
#include "base/escape.h"
#include "base/little_endian.h"
#include "checkpoint/defect_log.h"
#include "checkpoint/layout.h"
#include "checkpoint/safetensors_header.h"

namespace ckptlint {
namespace {

// The length of the header, or 0 with a defect where the file cannot have one.
std::uint64_t header_length(const ByteSource& source, const ReadLimits& limits, DefectLog& log) {
  const std::uint64_t available = source.size();
  const Result<std::string> front = source.read_up_to(0, kSafetensorsHeaderBegin + 1);
  if (!front) {
    log.add(DefectKind::kUnreadable, true, 0, "", front.error().message);
    return 0;
  }
  if (front->size() <= kSafetensorsHeaderBegin) {
    log.add(DefectKind::kTruncated, true, front->size(), "",
            fmt::format("the file has {} bytes, too few for a safetensors header", available));
    return 0;
  }
  const std::uint64_t length = little_endian(std::string_view(*front).substr(0, kSafetensorsHeaderBegin));
  const bool begins = front->back() == '{';
  if (length > available - kSafetensorsHeaderBegin && length <= limits.header_bytes && begins) {
    log.add(DefectKind::kTruncated, true, available, "",
            fmt::format("the file ends inside its header: it has {} bytes, and the header needs {}", available,
                        kSafetensorsHeaderBegin + length));
    return 0;
  }
  if (length > limits.header_bytes || length > available - kSafetensorsHeaderBegin) {
    log.add(
        DefectKind::kHeaderLength, true, 0, "",
        begins
            ? fmt::format("the header claims {} bytes, more than the {} that readers accept", length,
                          limits.header_bytes)
            : fmt::format(
                  "the first eight bytes, read as a header's length, give {} in a file of {} bytes: not a safetensors "
                  "file, or a damaged one",
                  length, available));
    return 0;
  }
  if (length == 0) {
    log.add(DefectKind::kHeaderLength, true, 0, "", "the header claims no bytes at all");
  } else if (!begins && std::string_view(" \t\r\n").find(front->back()) == std::string_view::npos) {
    log.add(DefectKind::kHeaderSyntax, true, kSafetensorsHeaderBegin, "", "the header does not begin with `{`");
    return 0;
  }
  return length;
}

// Of equal names the last counts, as in the reference implementation; the others go.
void drop_repeated_names(std::vector<StoredTensor>& tensors, const std::vector<std::uint32_t>& order,
                         std::string_view text, DefectLog& log) {
  std::vector<bool> repeated(tensors.size());
  for (std::size_t i = 1; i < order.size(); ++i) {
    const StoredTensor& tensor = tensors[order[i]];
    if (tensor.name != tensors[order[i - 1]].name) continue;
    repeated[order[i - 1]] = true;
    log.add_with(DefectKind::kDuplicateName, false, [&] {
      return DefectLog::Words{header_offset(text, tensor.name), tensor.name,
                              fmt::format("the header names {} more than once", quoted_name(tensor.name))};
    });
  }
  std::size_t place = 0;
  std::erase_if(tensors, [&](const StoredTensor&) { return repeated[place++]; });
}

// From the data's begin to the file's; what would overflow or end before it begins becomes empty.
void place_in_file(StoredTensor& tensor, std::uint64_t data_begin) {
  const auto begin = checked_add(data_begin, tensor.begin);
  const auto end = checked_add(data_begin, tensor.end);
  const bool sound = begin && end && *begin <= *end;
  tensor.begin = sound ? *begin : data_begin;
  tensor.end = sound ? *end : data_begin;
}

}  // namespace

WeightFile read_safetensors(const ByteSource& source, std::string_view path, const ReadLimits& limits,
                            const ListedNames& listed) {
  WeightFile file;
  file.format = WeightFormat::kSafetensors;
  file.size = source.size();
  DefectLog log(path);
  const std::uint64_t length = header_length(source, limits, log);
  if (length != 0) {
    const Result<SharedBytes> text = source.read_shared(kSafetensorsHeaderBegin, length);
    if (!text) {
      log.add(DefectKind::kUnreadable, true, 0, "", text.error().message);
    } else {
      file.data_begin = kSafetensorsHeaderBegin + length;
      SafetensorsHeader header = parse_safetensors_header(*text, limits, log);
      std::optional<NameOrder> found = order_as_listed(header.tensors, listed);
      file.as_listed = found.has_value();
      NameOrder order = found ? std::move(*found) : order_of(header.tensors);
      if (!order.distinct) drop_repeated_names(header.tensors, order.places, text->view(), log);
      if (header.complete) check_layout(header, text->view(), file.size - file.data_begin, log);
      if (header.has_unknown_dtypes)
        std::erase_if(header.tensors, [](const StoredTensor& tensor) { return tensor.type_name.empty(); });
      const bool all_kept = order.places.size() == header.tensors.size();
      file.as_listed = file.as_listed && all_kept;
      if (all_kept) file.by_name = std::move(order.places);
      file.metadata = std::move(header.metadata);
      file.has_metadata = header.has_metadata;
      file.metadata_cut = header.metadata_cut;
      file.tensors = std::move(header.tensors);
      file.extents = std::move(header.extents);
      file.texts = std::move(header.texts);
      for (StoredTensor& tensor : file.tensors) place_in_file(tensor, file.data_begin);
    }
  }
  file.defects = log.take();
  return file;
}

}  // namespace ckptlint

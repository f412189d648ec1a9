// Names the kinds of defects, and keeps of each kind as many as a person would read.
#include "checkpoint/defect_log.h"

#include <fmt/format.h>

#include <utility>

namespace ckptlint {

std::string_view defect_name(DefectKind kind) {
  switch (kind) {
    case DefectKind::kAbsent:
      return "absent";
    case DefectKind::kAdapterAbsent:
      return "adapter-absent";
    case DefectKind::kAdapterBeside:
      return "adapter-beside";
    case DefectKind::kUnreadable:
      return "unreadable";
    case DefectKind::kNotTaken:
      return "not-taken";
    case DefectKind::kRankShards:
      return "rank-shards";
    case DefectKind::kEmpty:
      return "empty";
    case DefectKind::kLfsPointer:
      return "lfs-pointer";
    case DefectKind::kWrongFormat:
      return "wrong-format";
    case DefectKind::kTruncated:
      return "truncated";
    case DefectKind::kTrailingBytes:
      return "trailing-bytes";
    case DefectKind::kHeaderLength:
      return "header-length";
    case DefectKind::kHeaderSyntax:
      return "header-syntax";
    case DefectKind::kHeaderField:
      return "header-field";
    case DefectKind::kMetadata:
      return "metadata";
    case DefectKind::kUnknownDtype:
      return "unknown-dtype";
    case DefectKind::kOffsets:
      return "offsets";
    case DefectKind::kOverlap:
      return "overlap";
    case DefectKind::kHole:
      return "hole";
    case DefectKind::kSizeMismatch:
      return "size-mismatch";
    case DefectKind::kShapeOverflow:
      return "shape-overflow";
    case DefectKind::kDuplicateName:
      return "duplicate-name";
    case DefectKind::kTooManyTensors:
      return "too-many-tensors";
    case DefectKind::kIndexSyntax:
      return "index-syntax";
    case DefectKind::kIndexField:
      return "index-field";
    case DefectKind::kIndexLeavesRepo:
      return "index-leaves-repo";
    case DefectKind::kShardAbsent:
      return "shard-absent";
    case DefectKind::kShardGap:
      return "shard-gap";
    case DefectKind::kShardUnlisted:
      return "shard-unlisted";
    case DefectKind::kTensorAbsent:
      return "tensor-absent";
    case DefectKind::kTensorElsewhere:
      return "tensor-elsewhere";
    case DefectKind::kTensorUnlisted:
      return "tensor-unlisted";
    case DefectKind::kTensorTwice:
      return "tensor-twice";
    case DefectKind::kTotalSize:
      return "total-size";
    case DefectKind::kNoIndex:
      return "no-index";
    case DefectKind::kPickleSyntax:
      return "pickle-syntax";
    case DefectKind::kPickleCall:
      return "pickle-call";
    case DefectKind::kRetiredName:
      return "retired-name";
    case DefectKind::kRecentName:
      return "recent-name";
    case DefectKind::kNestedState:
      return "nested-state";
  }
  return "";
}

void DefectLog::add(DefectKind kind, bool stops_loading, std::uint64_t offset, std::string_view tensor,
                    std::string message) {
  stops_loading_ = stops_loading_ || stops_loading;
  if (counts_[place(kind)] < kPerKind) {
    defects_.push_back({kind, stops_loading, file_, offset, std::string(tensor), std::move(message), 0});
  }
  ++counts_[place(kind)];
}

std::vector<Defect> DefectLog::take() {
  for (auto it = defects_.rbegin(); it != defects_.rend(); ++it) {
    std::uint32_t& count = counts_[place(it->kind)];
    if (count > kPerKind) {
      it->more = count - kPerKind;
      it->message += fmt::format(" (and {} more of this kind)", it->more);
    }
    count = 0;
  }
  return std::exchange(defects_, {});
}

}  // namespace ckptlint

#include "checkpoint/defect_log.h"

#include <fmt/format.h>

#include <utility>

namespace ckptlint {

void DefectLog::add(DefectKind kind, bool stops_loading, std::uint64_t offset, std::string_view tensor,
                    std::string message) {
  stops_loading_ = stops_loading_ || stops_loading;
  if (keeps(kind)) {
    defects_.push_back({kind, stops_loading, file_, offset, std::string(tensor), std::move(message)});
  }
  ++counts_[place(kind)];
}

std::vector<Defect> DefectLog::take() {
  for (auto it = defects_.rbegin(); it != defects_.rend(); ++it) {
    std::uint32_t& count = counts_[place(it->kind)];
    if (count > kPerKind) it->message += fmt::format(" (and {} more of this kind)", count - kPerKind);
    count = 0;
  }
  return std::exchange(defects_, {});
}

}  // namespace ckptlint

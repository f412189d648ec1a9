// How much has been asked of the Hub and answered so far, by all threads together: for lines of progress.
#pragma once

#include <atomic>
#include <cstdint>

namespace ckptlint {

struct HubActivity {
  std::atomic<std::uint64_t> asked{0};
  std::atomic<std::uint64_t> answered{0};
  std::atomic<std::uint64_t> bytes{0};  // of bodies
};

HubActivity& hub_activity();

}  // namespace ckptlint

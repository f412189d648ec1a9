// A device map as JSON, of unknown origin.
#include <cstdint>
#include <string_view>

#include "input/placement_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)ckptlint::parse_device_map(std::string_view(reinterpret_cast<const char*>(data), size), "fuzzed").ok();
  return 0;
}

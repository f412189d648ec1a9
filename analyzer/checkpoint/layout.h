// Whether the tensors of a safetensors file cover its bytes: no overlap, no hole, sizes as shapes and dtypes say.
#pragma once

#include <cstdint>
#include <string_view>

#include "checkpoint/defect_log.h"
#include "checkpoint/safetensors_header.h"

namespace ckptlint {

// `data_bytes` is what the file has behind its header, which is `text`.
void check_layout(const SafetensorsHeader& header, std::string_view text, std::uint64_t data_bytes, DefectLog& log);

}  // namespace ckptlint

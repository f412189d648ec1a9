// torch.save's two formats: a zip with a pickle and one member a storage, and, before 1.6, pickles followed by
// storages.
#pragma once

#include <string_view>

#include "base/byte_source.h"
#include "checkpoint/weight_file.h"

namespace ckptlint {

// Judges a file as torch.load of torch 2.13 does with `weights_only=True`, which is how from_pretrained calls it.  A
// pickle that names anything beyond torch's own rebuild functions is a defect at the byte where it does.
WeightFile read_torch_zip(const ByteSource& source, std::string_view path, const ReadLimits& limits);
WeightFile read_torch_legacy(const ByteSource& source, std::string_view path, const ReadLimits& limits);

}  // namespace ckptlint

// A device map in characters: a ribbon a device, for terminals and job summaries.
#pragma once

#include <cstddef>
#include <string>

#include "report/picture.h"

namespace ckptlint {

struct StripStyle {
  std::size_t width = 40;  // cells
  bool blocks = false;     // characters of Unicode; else ASCII
};

// The cells of one device, as many as `budget` takes, or where there is none what is used: neighbouring blocks differ,
// a block that is cut is hatched, what is free is faint.  Blocks that are smaller than a cell share one with the next.
std::string map_strip(const ModelPicture& picture, const PictureSweep& sweep, const PictureRange& range,
                      std::size_t device, double budget, const StripStyle& style);

// The shown map, a line a device with its name and load; empty without one.
std::string map_strips(const ModelPicture& picture, const StripStyle& style);

}  // namespace ckptlint

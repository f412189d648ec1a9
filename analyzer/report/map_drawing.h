// A device map as a drawing: a ribbon a device to one scale, blocks in order of execution.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "report/picture.h"

namespace ckptlint {

// The style sheet of drawings; `root` is the selector of what they lie in, with a blank behind it, or empty.
std::string drawing_style(std::string_view root);

// One range of one sweep, whose moving budget is `budget` bytes; the library raises nothing there.  `link` gives the
// address of what is said of a lost tensor, or nothing; it may be empty.
using LostLink = std::function<std::string(std::string_view tensor)>;
std::string map_drawing(const ModelPicture& picture, const PictureSweep& sweep, const PictureRange& range,
                        double budget, const LostLink& link = {});

// The same as a document of its own, titled.
std::string map_svg(const ModelPicture& picture, const PictureSweep& sweep);

// "0=16 KiB, 1=16 KiB": the budgets of such a range; empty where none has a limit.
std::string budgets_text(const PictureSweep& sweep, double budget);

}  // namespace ckptlint

// A device map drawn: an SVG image that needs no script, no font and no network.
#pragma once

#include <string>
#include <string_view>

#include "commands/map_ribbons.h"

namespace ckptlint {

// `title` says which model it is, `asked` what was asked.  Names are escaped.  Light and dark follow the viewer.
std::string map_svg(const Ribbons& ribbons, std::string_view title, std::string_view asked);

}  // namespace ckptlint

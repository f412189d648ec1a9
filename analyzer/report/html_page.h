// The pieces of a page: what `--output-format html` and `map --format html` have in common.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ckptlint/finding.h"
#include "report/map_drawing.h"
#include "report/picture.h"

namespace ckptlint {

// Sentences as HTML: what stands in backticks is <code>.
std::string html_text(std::string_view text);

// A whole page: nothing in it is fetched, and nothing runs but the page's own script.
std::string html_page(std::string_view title, std::string_view body);

// The drawing with its slider, loads and ranges.  `id` is that of an element, and is the page's own.
std::string html_map(const ModelPicture& picture, std::string_view id, const LostLink& link);

// The folded modules; the maps are those of html_map with `map_id`.
std::string html_modules(const ModelPicture& picture, std::string_view map_id);

}  // namespace ckptlint

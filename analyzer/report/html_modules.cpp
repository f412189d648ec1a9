// The module tree of a page: what has parts is folded, and opens without a script.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/escape.h"
#include "report/html_page.h"

namespace ckptlint {
namespace {

// Where the drawn map has the blocks of a line.
std::string places_of(const ModelPicture& picture, const PictureRow& row) {
  const PictureSweep& sweep = picture.sweeps.front();
  const PictureRange& range = sweep.ranges[sweep.shown];
  std::vector<std::string_view> names;
  for (std::size_t i = row.first_block; i < row.end_block && i < range.places.size(); ++i) {
    const std::string_view name =
        range.places[i] == PictureBlock::kNone ? "none" : std::string_view(sweep.devices[range.places[i]].name);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return without_markup(fmt::format("{}", fmt::join(names, ", ")));
}

std::string cells_of(const ModelPicture& picture, const PictureRow& row, std::string_view map_id) {
  std::string kind = row.class_name;
  if (row.is_tensor) kind = fmt::format("{} {}{}", row.dtype, row.shape, kind.empty() ? "" : ", " + kind);
  const bool placed = row.end_block > row.first_block && !picture.sweeps.empty();
  const std::string devices = placed ? fmt::format(" data-of=\"{}\" data-blocks=\"{}-{}\">{}", map_id, row.first_block,
                                                   row.end_block, places_of(picture, row))
                                     : ">";
  const bool missing = row.state.starts_with("missing") || row.state == "stored in another shape";
  return fmt::format(
      "<span class=\"name\">{}{}</span><span class=\"kind\">{}</span><span class=\"number\">{}</span><span{}</span><span{}>{}</span>",
      without_markup(row.name), row.count > 1 ? fmt::format(" &times; {}", row.count) : "", without_markup(kind),
      row.bytes > 0 ? bytes_text(row.bytes) + (row.count > 1 ? " each" : "") : "", devices,
      missing ? " class=\"missing\"" : "", without_markup(row.state));
}

}  // namespace

std::string html_modules(const ModelPicture& picture, std::string_view map_id) {
  std::string out =
      "<div class=\"scroll\"><div class=\"tree\">\n<div class=\"leaf soft\"><span class=\"name\">module or tensor</span>"
      "<span>class, or dtype and shape</span><span class=\"number\">bytes</span><span>device</span><span>in the files</span></div>\n";
  int open = 0;  // elements that are not closed yet: one a level
  for (std::size_t i = 0; i < picture.rows.size(); ++i) {
    const PictureRow& row = picture.rows[i];
    for (; open > row.depth; --open) out += "</details>\n";
    const bool has_parts = i + 1 < picture.rows.size() && picture.rows[i + 1].depth > row.depth;
    const std::string cells = cells_of(picture, row, map_id);
    if (has_parts) {
      out += fmt::format("<details{}><summary>{}</summary>\n", row.depth < 2 ? " open" : "", cells);
      ++open;
    } else {
      out += fmt::format("<div class=\"leaf\">{}</div>\n", cells);
    }
  }
  for (; open > 0; --open) out += "</details>\n";
  out += "</div></div>\n";
  if (picture.rows_left_out != 0)
    out += fmt::format("<p class=\"soft\">{} lines more are left out.</p>\n", picture.rows_left_out);
  return out;
}

}  // namespace ckptlint

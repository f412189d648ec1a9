// Draws ribbons to one scale, which is that of the largest device.  picture.js draws the same for other budgets.
#include "report/map_drawing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "base/escape.h"
#include "ckptlint/names.h"

namespace ckptlint {
namespace {

constexpr double kWidth = 960, kMargin = 24, kLabel = 132, kRow = 62, kRibbon = 30;
constexpr double kFullWidth = kWidth - 2 * kMargin - kLabel;
constexpr double kLetter = 6.4;        // how wide a letter of the small text is, nearly
constexpr double kTitle = 60;          // what a document of its own has above the drawing
constexpr std::size_t kMostLost = 6;   // lines of names
constexpr std::size_t kMostTies = 24;  // arcs
constexpr std::size_t kColors = 8;

// "layers.3" of "model.layers.3", "embed_tokens" of "model.embed_tokens".
std::string short_name(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) return name;
  const bool numbered = is_index(leaf_of(name));
  const std::size_t before = numbered && dot > 0 ? name.rfind('.', dot - 1) : dot;
  return before == std::string::npos ? name : name.substr(before + 1);
}

class Drawing {
 public:
  Drawing(const ModelPicture& picture, const PictureSweep& sweep, const PictureRange& range, double budget,
          const LostLink& link)
      : picture_(picture), range_(range), link_(link), cut_(cut_wholes(picture, range)) {
    for (std::size_t i = 0; i < sweep.devices.size(); ++i) {
      const PictureDevice& device = sweep.devices[i];
      const double used = i < range.used.size() ? range.used[i] : 0;
      if (device.name == "disk" && used == 0) continue;
      const std::optional<double> limit = sweep.limit(i, budget);
      // The memory of the host, of which there may be far more, sets no scale.
      scale_ = std::max({scale_, used, is_host(device) ? 0 : limit.value_or(0)});
      row_of_[static_cast<std::uint32_t>(i)] = ribbons_.size();
      ribbons_.push_back({device.name, limit, used, {}});
    }
    scale_ = scale_ > 0 ? kFullWidth / scale_ : 0;
    for (std::size_t i = 0; i < picture.blocks.size(); ++i) {
      const auto row = row_of_.find(range.places[i]);
      if (row != row_of_.end()) ribbons_[row->second].blocks.push_back(i);
    }
    centers_.resize(picture.blocks.size());
  }

  // Of height() units, and of kWidth.
  std::string draw() {
    for (std::size_t i = 0; i < ribbons_.size(); ++i) draw_ribbon(i);
    draw_ties();
    height_ = kTop + static_cast<double>(ribbons_.size()) * kRow;
    draw_lost();
    draw_legend();
    return std::move(out_);
  }
  double height() const { return height_; }

 private:
  struct Ribbon {
    std::string name;
    std::optional<double> budget;
    double used = 0;
    std::vector<std::size_t> blocks;
  };

  static constexpr double kTop = 24;
  static double top_of(std::size_t row) { return kTop + static_cast<double>(row) * kRow; }

  bool is_cut(const PictureBlock& block) const { return cut_.contains(block.whole); }

  std::size_t color_of(const std::string& class_name) {
    const auto [found, is_new] = colors_.emplace(class_name, colors_.size() % kColors);
    if (is_new) legend_.push_back(class_name);
    return found->second;
  }

  void draw_ribbon(std::size_t number) {
    const Ribbon& ribbon = ribbons_[number];
    const double top = top_of(number), left = kMargin + kLabel;
    const bool over = ribbon.budget && ribbon.used > *ribbon.budget;
    out_ += fmt::format(
        "<g><text x=\"{:.0f}\" y=\"{:.0f}\">{}</text><text class=\"{}\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n", kMargin,
        top + 13, without_markup(ribbon.name), over ? "over" : "soft", kMargin, top + 28,
        without_markup(bytes_text(ribbon.used) + (ribbon.budget ? " of " + bytes_text(*ribbon.budget) : "")));
    if (ribbon.budget) {
      const double width = *ribbon.budget * scale_;
      out_ += fmt::format("<rect class=\"budget{}\" x=\"{:.2f}\" y=\"{:.0f}\" width=\"{:.2f}\" height=\"{:.0f}\"/>\n",
                          width > kFullWidth ? " open" : "", left, top, std::min(width, kFullWidth), kRibbon);
    }
    double at = left;
    for (const std::size_t index : ribbon.blocks) {
      const PictureBlock& block = picture_.blocks[index];
      const bool cut = is_cut(block);
      const double width = block.bytes * scale_;
      const std::string tip = fmt::format("{} ({}), {}{}", block.name, block.class_name, bytes_text(block.bytes),
                                          cut ? ", cut from the rest of its block" : "");
      out_ += fmt::format(
          "<rect class=\"block {}\" x=\"{:.2f}\" y=\"{:.0f}\" width=\"{:.2f}\" height=\"{:.0f}\"><title>{}</title></rect>\n",
          cut ? "cut" : fmt::format("c{}", color_of(block.class_name)), at, top + 1, std::max(width, 0.4), kRibbon - 2,
          without_markup(tip));
      const std::string label = short_name(block.name);
      if (width > static_cast<double>(label.size()) * kLetter + 6)
        out_ += fmt::format("<text class=\"small{}\" x=\"{:.2f}\" y=\"{:.0f}\">{}</text>\n", cut ? " on-cut" : "",
                            at + 4, top + 19, without_markup(label));
      has_cuts_ |= cut;
      centers_[index] = {at + width / 2, top};
      at += width;
    }
    if (over) {
      out_ += fmt::format("<line class=\"limit\" x1=\"{0:.2f}\" x2=\"{0:.2f}\" y1=\"{1:.0f}\" y2=\"{2:.0f}\"/>\n",
                          left + *ribbon.budget * scale_, top - 4, top + kRibbon + 4);
    }
    out_ += "</g>\n";
  }

  void draw_ties() {
    std::size_t shown = 0, count = 0;
    for (const PictureTie& tie : picture_.ties) {
      if (!row_of_.contains(range_.places[tie.from]) || !row_of_.contains(range_.places[tie.to])) continue;
      if (++count > kMostTies) continue;
      ++shown;
      const Center from = centers_[tie.from], to = centers_[tie.to];
      const bool apart = range_.places[tie.from] != range_.places[tie.to];
      const double up = 16;
      out_ += fmt::format(
          "<path class=\"tie{}\" d=\"M{:.2f} {:.0f} C{:.2f} {:.0f} {:.2f} {:.0f} {:.2f} {:.0f}\"><title>{}</title></path>\n",
          apart ? " apart" : "", from.x, apart ? from.top + kRibbon : from.top, from.x,
          apart ? from.top + kRibbon + 24 : from.top - up, to.x, apart ? to.top - 24 : to.top - up, to.x, to.top,
          without_markup(
              fmt::format("{} and {} are one tensor{}", tie.first, tie.second, apart ? ", on different devices" : "")));
    }
    if (shown < count)
      out_ +=
          fmt::format("<text class=\"soft\" x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"end\">and {} ties more</text>\n",
                      kWidth - kMargin, kTop - 14, count - shown);
  }

  void draw_lost() {
    const std::vector<std::string> lost = folded_names(range_.lost);
    if (lost.empty()) return;
    out_ += fmt::format("<text class=\"lost\" x=\"{:.0f}\" y=\"{:.0f}\">no device</text>\n", kMargin, height_ + 13);
    const std::size_t shown = lost.size() <= kMostLost + 1 ? lost.size() : kMostLost;
    for (std::size_t i = 0; i < shown; ++i) {
      const double y = height_ + 9 + static_cast<double>(i) * 18;
      const std::string address = link_ ? link_(lost[i]) : "";
      out_ += fmt::format(
          "{}<circle class=\"lost\" cx=\"{:.0f}\" cy=\"{:.0f}\" r=\"4\"/><text x=\"{:.0f}\" y=\"{:.0f}\">{}</text>{}\n",
          address.empty() ? "" : fmt::format("<a href=\"{}\">", without_markup(address)), kMargin + kLabel + 4, y,
          kMargin + kLabel + 14, y + 4, without_markup(lost[i]), address.empty() ? "" : "</a>");
    }
    if (shown < lost.size())
      out_ += fmt::format("<text class=\"soft\" x=\"{:.0f}\" y=\"{:.0f}\">and {} more</text>\n", kMargin + kLabel + 14,
                          height_ + 13 + static_cast<double>(shown) * 18, lost.size() - shown);
    height_ += 18 * static_cast<double>(shown + (shown < lost.size() ? 1 : 0)) + 14;
  }

  // The classes in the order in which they come, as many as fit on two lines.
  void draw_legend() {
    double x = kMargin + kLabel, y = height_ + 4;
    int line = 0;
    const auto entry = [&](const std::string& fill, const std::string& name) {
      const double width = static_cast<double>(name.size()) * 7.6 + 34;
      if (x + width > kWidth - kMargin) {
        x = kMargin + kLabel;
        if (++line > 1) return false;
        y += 20;
      }
      out_ += fmt::format(
          "<rect class=\"{}\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"12\" height=\"12\"/>"
          "<text class=\"soft\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n",
          fill, x, y, x + 18, y + 10, without_markup(name));
      x += width;
      return true;
    };
    bool fits = !has_cuts_ || entry("cut", "cut from the rest of its block");
    for (std::size_t i = 0; fits && i < legend_.size(); ++i)
      fits = entry(fmt::format("c{}", colors_[legend_[i]]), legend_[i]);
    height_ = y + 36;
  }

  struct Center {
    double x = 0, top = 0;
  };

  const ModelPicture& picture_;
  const PictureRange& range_;
  const LostLink& link_;
  const std::set<std::uint32_t> cut_;
  std::vector<Ribbon> ribbons_;
  std::map<std::uint32_t, std::size_t> row_of_;  // of devices that are drawn
  double scale_ = 0;                             // units a byte
  double height_ = 0;
  std::string out_;
  bool has_cuts_ = false;
  std::vector<Center> centers_;  // by block
  std::map<std::string, std::size_t> colors_;
  std::vector<std::string> legend_;
};

constexpr std::string_view kHatch =
    "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
    "<rect width=\"3\" height=\"6\" fill=\"#d1242f\"/><rect x=\"3\" width=\"3\" height=\"6\" fill=\"#ffb3b8\"/></pattern></defs>\n";

std::string summary_of(const PictureRange& range) {
  return range.lost.empty() ? "Everything has a device."
                            : fmt::format("Without a device: {}.", fmt::join(folded_names(range.lost), ", "));
}

}  // namespace

std::string drawing_style(std::string_view root) {
  constexpr std::string_view kRules[] = {
      "text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #1f2328 }",
      ".title { font-size: 16px; font-weight: 600 }",
      ".soft { fill: #59636e }",
      ".small { font-size: 11px; fill: #fff; pointer-events: none }",
      ".budget { fill: #f6f8fa; stroke: #818b98 }",
      ".open { stroke-dasharray: 2 3 }",
      ".block { stroke: #fff; stroke-width: .5 }",
      ".cut { fill: url(#hatch) }",
      ".on-cut { fill: #1f2328; paint-order: stroke; stroke: #fff; stroke-width: 3px }",
      ".limit { stroke: #d1242f; stroke-width: 2 }",
      ".tie { fill: none; stroke: #59636e; stroke-width: 1.3 }",
      ".apart { stroke: #d1242f; stroke-dasharray: 4 3 }",
      ".lost { fill: #d1242f }",
      ".over { fill: #d1242f }",
      ".c0 { fill: #0969da }",
      ".c1 { fill: #1a7f37 }",
      ".c2 { fill: #9a6700 }",
      ".c3 { fill: #8250df }",
      ".c4 { fill: #bf3989 }",
      ".c5 { fill: #0e7490 }",
      ".c6 { fill: #57606a }",
      ".c7 { fill: #bc4c00 }",
      ".ground { fill: #fff }",
  };
  constexpr std::string_view kDark[] = {
      "text { fill: #f0f6fc }",     ".soft { fill: #9198a1 }",
      ".ground { fill: #0d1117 }",  ".budget { fill: #151b23; stroke: #656c76 }",
      ".block { stroke: #0d1117 }", ".tie { stroke: #9198a1 }",
      ".apart { stroke: #f85149 }", ".lost { fill: #f85149 }",
      ".over { fill: #f85149 }",    ".c0 { fill: #1f6feb }",
      ".c1 { fill: #238636 }",      ".c3 { fill: #8957e5 }",
  };
  std::string style;
  for (const std::string_view rule : kRules) style += fmt::format("{}{}\n", root, rule);
  style += "@media (prefers-color-scheme: dark) {\n";
  for (const std::string_view rule : kDark) style += fmt::format("{}{}\n", root, rule);
  return style + "}\n";
}

std::string budgets_text(const PictureSweep& sweep, double budget) {
  std::string text;
  for (std::size_t i = 0; i < sweep.devices.size(); ++i) {
    if (const auto limit = sweep.limit(i, budget))
      text += fmt::format("{}{}={}", text.empty() ? "" : ", ", sweep.devices[i].name, bytes_text(*limit));
  }
  return text;
}

std::string map_drawing(const ModelPicture& picture, const PictureSweep& sweep, const PictureRange& range,
                        double budget, const LostLink& link) {
  Drawing drawing(picture, sweep, range, budget, link);
  const std::string inside = drawing.draw();
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1:.0f}\" role=\"group\" aria-label=\"{2}\">\n{3}{4}</svg>\n",
      static_cast<int>(kWidth), drawing.height(), without_markup(summary_of(range)), kHatch, inside);
}

std::string map_svg(const ModelPicture& picture, const PictureSweep& sweep) {
  const PictureRange& range = sweep.ranges[sweep.shown];
  Drawing drawing(picture, sweep, range, sweep.shown_budget, {});
  const std::string inside = drawing.draw();
  const std::string budgets = budgets_text(sweep, sweep.shown_budget);
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1:.0f}\" width=\"{0}\" height=\"{1:.0f}\" role=\"img\" "
      "aria-labelledby=\"map-title map-about\">\n<title id=\"map-title\">{2}</title>\n<desc id=\"map-about\">{3}</desc>\n"
      "<style>\n{4}</style>\n{5}<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n"
      "<text class=\"title\" x=\"{6:.0f}\" y=\"34\">{2}</text>\n<text class=\"soft\" x=\"{6:.0f}\" y=\"56\">{7}</text>\n"
      "<g transform=\"translate(0 {8:.0f})\">\n{9}</g>\n</svg>\n",
      static_cast<int>(kWidth), drawing.height() + kTitle, without_markup(picture.title),
      without_markup(summary_of(range)), drawing_style(""), kHatch, kMargin,
      without_markup(picture.asked + (budgets.empty() ? "" : " with " + budgets)), kTitle, inside);
}

}  // namespace ckptlint

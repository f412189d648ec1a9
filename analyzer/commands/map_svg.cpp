// Draws ribbons to one scale, which is that of the largest device.
#include "commands/map_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <vector>

#include "base/escape.h"

namespace ckptlint {
namespace {

constexpr double kWidth = 960, kMargin = 24, kLabel = 132, kRow = 62, kRibbon = 30, kTop = 84;
constexpr double kFullWidth = kWidth - 2 * kMargin - kLabel;
constexpr double kLetter = 6.4;        // how wide a letter of the small text is, nearly
constexpr std::size_t kMostLost = 6;   // lines of names
constexpr std::size_t kMostTies = 24;  // arcs
constexpr std::size_t kColors = 8;

constexpr std::string_view kStyle = R"(
text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.soft { fill: #59636e }
.small { font-size: 11px; fill: #fff; pointer-events: none }
.budget { fill: #f6f8fa; stroke: #818b98 }
.block { stroke: #fff; stroke-width: .5 }
.cut { fill: url(#hatch) }
.on-cut { fill: #1f2328; paint-order: stroke; stroke: #fff; stroke-width: 3px }
.limit { stroke: #d1242f; stroke-width: 2 }
.tie { fill: none; stroke: #59636e; stroke-width: 1.3 }
.apart { stroke: #d1242f; stroke-dasharray: 4 3 }
.lost, .over { fill: #d1242f }
.c0 { fill: #0969da } .c1 { fill: #1a7f37 } .c2 { fill: #9a6700 } .c3 { fill: #8250df }
.c4 { fill: #bf3989 } .c5 { fill: #0e7490 } .c6 { fill: #57606a } .c7 { fill: #bc4c00 }
.ground { fill: #fff }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .soft { fill: #9198a1 } .ground { fill: #0d1117 } .budget { fill: #151b23; stroke: #656c76 }
.block { stroke: #0d1117 } .tie { stroke: #9198a1 } .apart { stroke: #f85149 } .lost, .over { fill: #f85149 }
.c0 { fill: #1f6feb } .c1 { fill: #238636 } .c3 { fill: #8957e5 }
}
)";

class Drawing {
 public:
  explicit Drawing(const Ribbons& ribbons) : ribbons_(ribbons) {
    for (const Ribbon& ribbon : ribbons.ribbons) {
      scale_ = std::max(scale_, std::max(ribbon.used.value(), ribbon.budget ? ribbon.budget->value() : 0.0));
    }
    scale_ = scale_ > 0 ? kFullWidth / scale_ : 0;
  }

  std::string draw(std::string_view title, std::string_view asked) {
    for (std::size_t i = 0; i < ribbons_.ribbons.size(); ++i) draw_ribbon(i);
    draw_ties();
    double bottom = kTop + static_cast<double>(ribbons_.ribbons.size()) * kRow;
    bottom = draw_lost(bottom);
    bottom = draw_legend(bottom);
    std::string summary = ribbons_.lost.empty() ? "Everything has a device."
                                                : fmt::format("Without a device: {}.", fmt::join(ribbons_.lost, ", "));
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" "
        "aria-labelledby=\"map-title map-about\">\n<title id=\"map-title\">{2}</title>\n<desc id=\"map-about\">{3}</desc>\n<style>{4}</style>\n"
        "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
        "<rect width=\"3\" height=\"6\" fill=\"#d1242f\"/><rect x=\"3\" width=\"3\" height=\"6\" fill=\"#ffb3b8\"/></pattern></defs>\n"
        "<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n"
        "<text class=\"title\" x=\"{5}\" y=\"34\">{2}</text>\n<text class=\"soft\" x=\"{5}\" y=\"56\">{6}</text>\n{7}</svg>\n",
        static_cast<int>(kWidth), static_cast<int>(bottom + 16), without_markup(title), without_markup(summary), kStyle,
        static_cast<int>(kMargin), without_markup(asked), out_);
  }

 private:
  static double top_of(std::size_t ribbon) { return kTop + static_cast<double>(ribbon) * kRow; }

  std::size_t color_of(const std::string& class_name) {
    const auto [found, is_new] = colors_.emplace(class_name, colors_.size() % kColors);
    if (is_new) legend_.push_back(class_name);
    return found->second;
  }

  void draw_ribbon(std::size_t number) {
    const Ribbon& ribbon = ribbons_.ribbons[number];
    const double top = top_of(number), left = kMargin + kLabel;
    const bool over = ribbon.budget && ribbon.used > *ribbon.budget;
    out_ += fmt::format(
        "<g><text x=\"{:.0f}\" y=\"{:.0f}\">{}</text><text class=\"{}\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n", kMargin,
        top + 13, without_markup(name_of(ribbon.device)), over ? "over" : "soft", kMargin, top + 28,
        without_markup(human_size(ribbon.used) + (ribbon.budget ? " of " + human_size(*ribbon.budget) : "")));
    if (ribbon.budget)
      out_ += fmt::format("<rect class=\"budget\" x=\"{:.2f}\" y=\"{:.0f}\" width=\"{:.2f}\" height=\"{:.0f}\"/>\n",
                          left, top, ribbon.budget->value() * scale_, kRibbon);
    double at = left;
    centers_.emplace_back();
    for (const RibbonBlock& block : ribbon.blocks) {
      const double width = block.bytes.value() * scale_;
      const std::string tip = fmt::format("{} ({}), {}{}", block.name, block.class_name, human_size(block.bytes),
                                          block.cut ? ", cut from the rest of its block" : "");
      out_ += fmt::format(
          "<rect class=\"block {}\" x=\"{:.2f}\" y=\"{:.0f}\" width=\"{:.2f}\" height=\"{:.0f}\"><title>{}</title></rect>\n",
          block.cut ? "cut" : fmt::format("c{}", color_of(block.class_name)), at, top + 1, std::max(width, 0.4),
          kRibbon - 2, without_markup(tip));
      const std::string label = short_name(block.name);
      if (width > static_cast<double>(label.size()) * kLetter + 6)
        out_ += fmt::format("<text class=\"small{}\" x=\"{:.2f}\" y=\"{:.0f}\">{}</text>\n", block.cut ? " on-cut" : "",
                            at + 4, top + 19, without_markup(label));
      has_cuts_ |= block.cut;
      centers_.back().push_back(at + width / 2);
      at += width;
    }
    if (over) {
      out_ += fmt::format("<line class=\"limit\" x1=\"{0:.2f}\" x2=\"{0:.2f}\" y1=\"{1:.0f}\" y2=\"{2:.0f}\"/>\n",
                          left + ribbon.budget->value() * scale_, top - 4, top + kRibbon + 4);
    }
    out_ += "</g>\n";
  }

  // "layers.3" of "model.layers.3", "embed_tokens" of "model.embed_tokens".
  static std::string short_name(const std::string& name) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string::npos) return name;
    const bool numbered = dot + 1 < name.size() && name[dot + 1] >= '0' && name[dot + 1] <= '9';
    const std::size_t before = numbered && dot > 0 ? name.rfind('.', dot - 1) : dot;
    return before == std::string::npos ? name : name.substr(before + 1);
  }

  void draw_ties() {
    const std::size_t shown = std::min(ribbons_.ties.size(), kMostTies);
    for (std::size_t i = 0; i < shown; ++i) {
      const RibbonTie& tie = ribbons_.ties[i];
      const double x1 = centers_[tie.from_ribbon][tie.from_block], x2 = centers_[tie.to_ribbon][tie.to_block];
      const double y1 = top_of(tie.from_ribbon), y2 = top_of(tie.to_ribbon);
      const bool apart = tie.from_ribbon != tie.to_ribbon;
      const double height = apart ? 0 : 16;
      out_ += fmt::format(
          "<path class=\"tie{}\" d=\"M{:.2f} {:.0f} C{:.2f} {:.0f} {:.2f} {:.0f} {:.2f} {:.0f}\"><title>{}</title></path>\n",
          apart ? " apart" : "", x1, apart ? y1 + kRibbon : y1, x1, apart ? y1 + kRibbon + 24 : y1 - height, x2,
          apart ? y2 - 24 : y2 - height, x2, y2,
          without_markup(
              fmt::format("{} and {} are one tensor{}", tie.from, tie.to, apart ? ", on different devices" : "")));
    }
    if (shown < ribbons_.ties.size())
      out_ +=
          fmt::format("<text class=\"soft\" x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"end\">and {} ties more</text>\n",
                      kWidth - kMargin, kTop - 14, ribbons_.ties.size() - shown);
  }

  double draw_lost(double top) {
    if (ribbons_.lost.empty()) return top;
    out_ += fmt::format("<text class=\"lost\" x=\"{:.0f}\" y=\"{:.0f}\">no device</text>\n", kMargin, top + 13);
    const std::size_t shown = ribbons_.lost.size() <= kMostLost + 1 ? ribbons_.lost.size() : kMostLost;
    for (std::size_t i = 0; i < shown; ++i) {
      const double y = top + 9 + static_cast<double>(i) * 18;
      out_ += fmt::format(
          "<circle class=\"lost\" cx=\"{:.0f}\" cy=\"{:.0f}\" r=\"4\"/><text x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n",
          kMargin + kLabel + 4, y, kMargin + kLabel + 14, y + 4, without_markup(ribbons_.lost[i]));
    }
    if (shown < ribbons_.lost.size())
      out_ += fmt::format("<text class=\"soft\" x=\"{:.0f}\" y=\"{:.0f}\">and {} more</text>\n", kMargin + kLabel + 14,
                          top + 13 + static_cast<double>(shown) * 18, ribbons_.lost.size() - shown);
    return top + 18 * static_cast<double>(shown + (shown < ribbons_.lost.size() ? 1 : 0)) + 14;
  }

  // The classes in the order in which they come, as many as fit on two lines.
  double draw_legend(double top) {
    double x = kMargin + kLabel, y = top + 4;
    int line = 0;
    const auto entry = [&](const std::string& fill, const std::string& name) {
      const double width = static_cast<double>(name.size()) * 7 + 34;
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
    return y + 20;
  }

  const Ribbons& ribbons_;
  double scale_ = 0;  // units a byte
  std::string out_;
  bool has_cuts_ = false;
  std::vector<std::vector<double>> centers_;  // of blocks, by ribbon
  std::map<std::string, std::size_t> colors_;
  std::vector<std::string> legend_;
};

}  // namespace

std::string map_svg(const Ribbons& ribbons, std::string_view title, std::string_view asked) {
  return Drawing(ribbons).draw(title, asked);
}

}  // namespace ckptlint

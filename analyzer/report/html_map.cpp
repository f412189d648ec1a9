// The device map of a page: the drawing of one budget, and the maps of all others as data for page.js.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "base/escape.h"
#include "base/json_text.h"
#include "ckptlint/names.h"
#include "report/headline.h"
#include "report/html_page.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostOutcomes = 40;  // lines of the table of outcomes

// A number of bytes: whole but where a bool counts an eighth.
std::string number(double bytes) {
  return bytes == std::floor(bytes) ? fmt::format("{:.0f}", bytes) : fmt::format("{}", bytes);
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(printable(text), out);
  return out;
}

enum class Outcome { kGood, kSpills, kLoses, kRaises };

Outcome outcome_of(const PictureSweep& sweep, const PictureRange& range) {
  if (!range.raises.empty()) return Outcome::kRaises;
  if (!range.lost.empty()) return Outcome::kLoses;
  for (std::size_t i = 0; i < range.used.size(); ++i) {
    if (range.used[i] > 0 && is_host(sweep.devices[i])) return Outcome::kSpills;
  }
  return Outcome::kGood;
}

std::string_view class_of(Outcome outcome) {
  constexpr std::string_view kClasses[] = {"good", "warning", "error", "error"};
  return kClasses[static_cast<std::size_t>(outcome)];
}

bool is_equal(const PictureSweep& sweep) {
  return std::count_if(sweep.devices.begin(), sweep.devices.end(),
                       [](const PictureDevice& device) { return device.moved; }) > 1;
}

std::string words_of(const PictureSweep& sweep, const PictureRange& range) {
  if (!range.raises.empty()) return "the library ends in " + range.raises;
  std::vector<std::string> loads;
  for (std::size_t i = 0; i < range.used.size(); ++i) {
    if (range.used[i] > 0) loads.push_back(fmt::format("{}: {}", sweep.devices[i].name, bytes_text(range.used[i])));
  }
  return fmt::format("{}{}", range.lost.empty() ? "" : counted(range.lost.size(), "tensor") + " without a device; ",
                     fmt::join(loads, ", "));
}

// "5.9 to 7.4 GiB", with as many digits as tell the ends apart.
std::string range_words(double from, const std::optional<double>& to) {
  if (!to) return bytes_text(from) + " or more";
  if (from == *to) return bytes_text(from);
  int digits = 1;
  constexpr int kMostDigits = 6;
  while (digits < kMostDigits && bytes_text(from, digits) == bytes_text(*to, digits)) ++digits;
  std::string low = bytes_text(from, digits);
  const std::string high = bytes_text(*to, digits);
  if (low.substr(low.find(' ')) == high.substr(high.find(' '))) low.resize(low.find(' '));
  return low + " to " + high;
}

// What page.js reads.  Names of lost tensors, folded, are in one list.
class MapData {
 public:
  MapData(const ModelPicture& picture, const LostLink& link) : picture_(picture), link_(link) {}

  std::string json() {
    std::vector<std::string> blocks, ties, sweeps;
    for (const PictureBlock& block : picture_.blocks) {
      blocks.push_back(fmt::format("[{},{},{},{}]", json_string(block.name), json_string(block.class_name),
                                   number(block.bytes),
                                   block.whole == PictureBlock::kNone ? -1 : static_cast<std::int64_t>(block.whole)));
    }
    for (const PictureTie& tie : picture_.ties)
      ties.push_back(fmt::format("[{},{},{},{}]", tie.from, tie.to, json_string(tie.first), json_string(tie.second)));
    for (const PictureSweep& sweep : picture_.sweeps) sweeps.push_back(sweep_json(sweep));
    std::vector<std::string> links;
    for (const std::string& name : names_) links.push_back(json_string(link_ ? link_(name) : ""));
    std::vector<std::string> names;
    for (const std::string& name : names_) names.push_back(json_string(name));
    std::string out =
        fmt::format(R"({{"blocks":[{}],"ties":[{}],"names":[{}],"links":[{}],"sweeps":[{}]}})", fmt::join(blocks, ","),
                    fmt::join(ties, ","), fmt::join(names, ","), fmt::join(links, ","), fmt::join(sweeps, ","));
    // Nothing in it may end the element that it stands in.
    std::string safe;
    for (const char c : out) safe += c == '<' ? "\\u003c" : std::string(1, c);
    return safe;
  }

 private:
  std::string sweep_json(const PictureSweep& sweep) {
    std::vector<std::string> devices, ranges;
    for (const PictureDevice& device : sweep.devices)
      devices.push_back(fmt::format("[{},{},{}]", json_string(device.name),
                                    device.budget ? number(*device.budget) : "null", device.moved ? 1 : 0));
    for (const PictureRange& range : sweep.ranges) ranges.push_back(range_json(range));
    return fmt::format(R"({{"name":{},"each":{},"shown":{},"at":{},"devices":[{}],"ranges":[{}]}})",
                       json_string(sweep.name), is_equal(sweep), sweep.shown, number(sweep.shown_budget),
                       fmt::join(devices, ","), fmt::join(ranges, ","));
  }

  std::string range_json(const PictureRange& range) {
    const std::string ends = fmt::format("{},{}", number(range.from), range.to ? number(*range.to) : "null");
    if (!range.raises.empty()) return fmt::format("[{},{}]", ends, json_string(range.raises));
    std::vector<std::string> runs, used;
    for (std::size_t begin = 0; begin < range.places.size();) {
      std::size_t end = begin;
      while (end < range.places.size() && range.places[end] == range.places[begin]) ++end;
      const bool nowhere = range.places[begin] == PictureBlock::kNone;
      runs.push_back(fmt::format("{},{}", nowhere ? -1 : static_cast<std::int64_t>(range.places[begin]), end - begin));
      begin = end;
    }
    for (const double bytes : range.used) used.push_back(number(bytes));
    return fmt::format("[{},[{}],[{}],[{}],{}]", ends, fmt::join(runs, ","), fmt::join(used, ","),
                       fmt::join(lost_of(range), ","), range.lost.size());
  }

  const std::vector<std::size_t>& lost_of(const PictureRange& range) {
    const auto [found, is_new] = folded_.try_emplace(range.lost);
    if (is_new) {
      for (std::string& name : folded_names(range.lost)) {
        const auto [at, is_new_name] = numbers_.emplace(name, names_.size());
        if (is_new_name) names_.push_back(std::move(name));
        found->second.push_back(at->second);
      }
    }
    return found->second;
  }

  const ModelPicture& picture_;
  const LostLink& link_;
  std::vector<std::string> names_;
  std::map<std::string, std::size_t> numbers_;
  std::map<std::vector<std::string>, std::vector<std::size_t>> folded_;
};

std::string loads_table(const PictureSweep& sweep, const PictureRange& range, double budget) {
  std::string rows;
  for (std::size_t i = 0; i < sweep.devices.size(); ++i) {
    const PictureDevice& device = sweep.devices[i];
    const double used = i < range.used.size() ? range.used[i] : 0;
    if (device.name == "disk" && used == 0) continue;
    const std::optional<double> limit = sweep.limit(i, budget);
    const std::string bar = limit ? fmt::format("<meter min=\"0\" max=\"{}\" value=\"{}\" aria-label=\"{}\"></meter>",
                                                number(*limit), number(used), without_markup(device.name))
                                  : "";
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"number\">{}</td><td>{}</td></tr>\n",
        without_markup(device.name), limit ? bytes_text(*limit) : "no limit", bytes_text(used), bar);
  }
  return fmt::format(
      "<table><thead><tr><th scope=\"col\">device</th><th scope=\"col\" class=\"number\">budget</th>"
      "<th scope=\"col\" class=\"number\">used</th><th scope=\"col\">filled</th></tr></thead>"
      "<tbody data-part=\"table\">\n{}</tbody></table>\n",
      rows);
}

// What comes of which budgets, in words: neighbours of one outcome are one line.
std::string outcomes_table(const PictureSweep& sweep) {
  std::string rows;
  std::size_t lines = 0;
  for (std::size_t begin = 0; begin < sweep.ranges.size();) {
    const PictureRange& first = sweep.ranges[begin];
    const Outcome outcome = outcome_of(sweep, first);
    std::size_t end = begin;
    while (end < sweep.ranges.size() && outcome_of(sweep, sweep.ranges[end]) == outcome &&
           sweep.ranges[end].lost == first.lost && sweep.ranges[end].raises == first.raises)
      ++end;
    std::string what;
    if (outcome == Outcome::kGood) what = "everything has a device, and none of it is on cpu or disk";
    if (outcome == Outcome::kSpills) what = "everything has a device; a part is on cpu or disk";
    if (outcome == Outcome::kLoses) what = "without a device: " + listed_names(first.lost, 4);
    if (outcome == Outcome::kRaises) what = words_of(sweep, first);
    if (++lines <= kMostOutcomes)
      rows += fmt::format("<tr><td>{}</td><td class=\"number\">{}</td><td class=\"{}\">{}</td></tr>\n",
                          range_words(first.from, sweep.ranges[end - 1].to), end - begin, class_of(outcome),
                          html_text(what));
    begin = end;
  }
  if (lines > kMostOutcomes)
    rows += fmt::format("<tr><td colspan=\"3\" class=\"soft\">and {} lines more</td></tr>\n", lines - kMostOutcomes);
  if (!sweep.ranges.empty() && sweep.ranges.front().from > 1)
    rows += fmt::format("<tr><td colspan=\"3\" class=\"warning\">not searched below {}</td></tr>\n",
                        bytes_text(sweep.ranges.front().from));
  if (!sweep.complete)
    rows += fmt::format("<tr><td colspan=\"3\" class=\"warning\">not searched above {}</td></tr>\n",
                        bytes_text(sweep.ranges.back().to.value_or(0)));
  return fmt::format(
      "<table><caption class=\"soft\">{}</caption><thead><tr><th scope=\"col\">budget{}</th>"
      "<th scope=\"col\" class=\"number\">maps</th><th scope=\"col\">outcome</th></tr></thead><tbody>\n{}</tbody></table>\n",
      without_markup(sweep.name), is_equal(sweep) ? " each" : "", rows);
}

std::string controls(const ModelPicture& picture, std::string_view id) {
  std::string choices;
  for (std::size_t i = 0; i < picture.sweeps.size(); ++i)
    choices += fmt::format("<option value=\"{}\">{}</option>", i, without_markup(picture.sweeps[i].name));
  return fmt::format(
      "<div class=\"controls\" data-part=\"controls\" hidden>\n"
      "<div class=\"line\"><label>Memory of <select data-part=\"which\">{0}</select></label>"
      "<label>exactly <input type=\"number\" min=\"0\" step=\"any\" data-part=\"exact\"> <span data-part=\"unit\">GiB</span></label>"
      "<button type=\"button\" data-part=\"before\">Previous change</button>"
      "<button type=\"button\" data-part=\"after\">Next change</button></div>\n"
      "<div class=\"strip\" data-part=\"strip\" aria-hidden=\"true\"></div>\n"
      "<label class=\"soft\" for=\"{1}-slider\">Every map that a budget leads to, one a step</label>\n"
      "<input type=\"range\" min=\"0\" max=\"0\" step=\"1\" id=\"{1}-slider\" data-part=\"slider\">\n"
      "<output data-part=\"said\" for=\"{1}-slider\" aria-live=\"polite\"></output>\n"
      "<div class=\"soft\"><span class=\"key good\"></span>all on accelerators <span class=\"key spills\"></span>a part on cpu or disk "
      "<span class=\"key loses\"></span>something has no device <span class=\"key raises\"></span>the library raises</div>\n</div>\n",
      choices, id);
}

}  // namespace

std::string html_map(const ModelPicture& picture, std::string_view id, const LostLink& link) {
  if (picture.sweeps.empty())
    return fmt::format("<p class=\"missed\">There is no map: {}.</p>\n", html_text(picture.no_map));
  const PictureSweep& sweep = picture.sweeps.front();
  const PictureRange& range = sweep.ranges[sweep.shown];
  const std::string budgets = budgets_text(sweep, sweep.shown_budget);
  std::string out = fmt::format(
      "<section data-map id=\"{}\">\n<p><strong>{}</strong></p>\n<p class=\"soft\">{}{}</p>\n", id,
      html_text(picture.title), html_text(picture.asked), budgets.empty() ? "" : " with " + html_text(budgets));
  out += controls(picture, id);
  out += range.raises.empty()
             ? fmt::format("<figure data-part=\"figure\" class=\"scroll\">\n{}</figure>\n",
                           map_drawing(picture, sweep, range, sweep.shown_budget, link))
             : fmt::format(
                   "<p class=\"error\">{}</p>\n<figure data-part=\"figure\" class=\"scroll\">"
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"group\"><defs></defs></svg></figure>\n",
                   html_text(words_of(sweep, range)));
  out += loads_table(sweep, range, sweep.shown_budget);
  if (sweep.moves()) {
    out += "<details><summary>What comes of which budgets</summary>\n";
    for (const PictureSweep& each : picture.sweeps) out += outcomes_table(each);
    out += "</details>\n";
  }
  return out +
         fmt::format("<script type=\"application/json\">{}</script>\n</section>\n", MapData(picture, link).json());
}

}  // namespace ckptlint

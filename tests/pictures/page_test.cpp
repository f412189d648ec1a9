// Pages and ribbons: what is in them, that nothing in them is fetched, and that no name gets out of its place.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "base/sha256.h"
#include "catch.h"
#include "commands/check.h"
#include "commands/map.h"
#include "golden.h"
#include "model_repo.h"
#include "report/map_strip.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

using Json = nlohmann::json;

std::string page_of(CheckOptions options, int status = kFindings) {
  options.output.format = "html";
  std::ostringstream out, err;
  CHECK(run_check(options, out, err) == status);
  CHECK(err.str().empty());
  return out.str();
}

std::string map_page(MapOptions options) {
  options.output.format = "html";
  std::istringstream in;
  std::ostringstream out, err;
  run_map(options, in, out, err);
  CHECK(err.str().empty());
  return out.str();
}

CheckOptions of_switch(const std::string& budgets) {
  CheckOptions options;
  options.model.paths = {test::fixture_path("models/granite-switch-like")};
  options.model.sources = {test::transformers_wheel()};
  options.placement.max_memory = budgets;
  return options;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  if (from == std::string::npos) return "";
  const std::size_t start = from + begin.size();
  return text.substr(start, text.find(end, start) - start);
}

// Without the style and the script, which are files of their own.
std::string without_page_files(std::string page) {
  const std::size_t style = page.find("<style>"), style_end = page.find("</style>");
  page.erase(style, style_end - style);
  page.erase(page.rfind("<script>"));
  const std::size_t hash = page.find("sha256-");
  return page.replace(hash, page.find('\'', hash) - hash, "HASH");
}

TEST_CASE("A page has the verdict, the drawing, the findings and the modules") {
  // Paths are shown from the working folder.
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(CKPTLINT_FIXTURES_DIR);
  CheckOptions options = of_switch("0=16KiB,1=16KiB");
  options.model.paths = {"models/granite-switch-like"};
  const std::string page = page_of(options);
  std::filesystem::current_path(before);
  test::check_golden("formats/report.html", without_page_files(page));
  // Lost tensors lead to what is said of them, and every link leads somewhere.
  CHECK(page.find("<a href=\"#m1-f1\"><circle class=\"lost\"") != std::string::npos);
  for (std::size_t at = page.find("href=\"#"); at != std::string::npos; at = page.find("href=\"#", at + 1))
    CHECK(page.find("id=\"" + between(page.substr(at), "href=\"#", "\"") + "\"") != std::string::npos);
}

TEST_CASE("The only script that may run on a page is its own, and nothing is fetched") {
  const std::string page = page_of(of_switch("0=16KiB,1=16KiB"));
  CHECK(page.find("default-src 'none'") != std::string::npos);
  CHECK(count_of(page, "<script") == 2);  // the data of the map, and the page's own
  for (const char* fetched : {"src=", "@import", "http://", "https://"}) {
    INFO(fetched);
    CHECK(count_of(page, fetched) ==
          (std::string(fetched) == "http://" ? count_of(page, "xmlns=\"http://www.w3.org/2000/svg\"") : 0));
  }
  // "sha256-" and 32 bytes in base64.
  CHECK(between(page, "script-src 'sha256-", "'").size() == 44);
  CHECK(between(page, "script-src 'sha256-", "'").back() == '=');
}

TEST_CASE("The data of a page has every map, from the least budget on") {
  const std::string page = map_page([] {
    MapOptions options;
    options.model = of_switch("").model;
    return options;
  }());
  const Json data = Json::parse(between(page, "<script type=\"application/json\">", "</script>"));
  REQUIRE(data["sweeps"].size() == 4);
  for (const Json& sweep : data["sweeps"]) {
    double next = 1;
    for (const Json& range : sweep["ranges"]) {
      CHECK(range[0] == next);
      next = range[1].is_null() ? 0 : range[1].get<double>() + 1;
      if (range[2].is_string()) continue;
      std::size_t blocks = 0;
      for (std::size_t i = 1; i < range[2].size(); i += 2) blocks += range[2][i].get<std::size_t>();
      CHECK(blocks == data["blocks"].size());
    }
    CHECK(next == 0);
  }
}

TEST_CASE("A page of a model with more maps than can be drawn has those around the budget that was asked about") {
  Json modules = {{"", "Model", nullptr}, {"layers", "ModuleList", nullptr}};
  Json parameters = Json::array();
  for (int layer = 0; layer < 100; ++layer) {
    const std::string name = "layers." + std::to_string(layer);
    modules.push_back({name, "Layer", nullptr});
    for (int part = 0; part < 60; ++part) {
      const std::string leaf = name + ".part" + std::to_string(part);
      modules.push_back({leaf, "Linear", nullptr});
      parameters.push_back({leaf + ".weight", "float32", {16 + layer, 16 + part}, nullptr});
    }
  }
  test::ScratchFolder folder;
  folder.write("graph.json", Json({{"class", "Model"},
                                   {"modules", modules},
                                   {"parameters", parameters},
                                   {"buffers", Json::array()},
                                   {"no_split_modules", Json::array()}})
                                 .dump());
  MapOptions options;
  options.model.graph = folder.path("graph.json");
  options.placement.max_memory = "0=20MiB,1=20MiB,cpu=1GiB";
  const std::string page = map_page(options);
  CHECK(page.size() < 1'000'000);
  const Json data = Json::parse(between(page, "<script type=\"application/json\">", "</script>"));
  bool has_all = true;
  for (const Json& sweep : data["sweeps"]) {
    const Json& shown = sweep["ranges"][sweep["shown"].get<std::size_t>()];
    INFO(sweep["name"]);
    CHECK(shown[0] <= sweep["at"]);
    CHECK((shown[1].is_null() || shown[1] >= sweep["at"]));
    has_all &= sweep["ranges"].front()[0] == 1 && sweep["ranges"].back()[1].is_null();
  }
  CHECK_FALSE(has_all);
  CHECK(page.find("not searched ") != std::string::npos);
}

TEST_CASE("Placements and releases have a map each") {
  CheckOptions options = of_switch("0=16KiB,1=16KiB");
  options.placements = {{"two", "", options.placement, {}}, {"one", "", options.placement, {}}};
  options.placements[1].options.max_memory = "0=1MiB";
  const std::string page = page_of(options);
  CHECK(count_of(page, "<section data-map") == 2);
  CHECK(page.find("with placement <code>two</code>") != std::string::npos);
  CHECK(count_of(page, "<h3>Modules") == 1);
}

TEST_CASE("Where there is no map the page says why") {
  const test::ModelRepo repo("rules/missing-keys/ok_own_from_pretrained");
  CheckOptions options;
  options.model.paths = {repo.path()};
  options.model.sources = {test::transformers_wheel()};
  options.exit_zero = true;
  options.output.format = "html";
  std::ostringstream out, err;
  run_check(options, out, err);
  CHECK(out.str().find("There is no map: ") != std::string::npos);
}

TEST_CASE("No name gets out of its place on a page") {
  for (const std::string name : {"</script><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "a'b&lt;",
                                 "]]>", "--><b>", "\xe2\x80\xaeturned", "`code`"}) {
    INFO(name);
    test::ScratchFolder folder;
    const Json graph = {{"class", name},
                        {"modules", {{"", name, nullptr}, {name, name, nullptr}}},
                        {"parameters", {{name + ".weight", "float32", {2, 2}, nullptr}}},
                        {"buffers", Json::array()}};
    folder.write("graph.json", graph.dump());
    MapOptions options;
    options.model.graph = folder.path("graph.json");
    const std::string page = map_page(options);
    CHECK(count_of(page, "<script") == 2);
    CHECK(count_of(page, "<img") == 0);
    CHECK(count_of(page, "<b>") == 0);
    CHECK(page.find("\xe2\x80\xae") == std::string::npos);
    CHECK(Json::accept(between(page, "<script type=\"application/json\">", "</script>")));
    options.placement.max_memory = "0=10,1=10";
    options.output.format = "svg";
    std::istringstream in;
    std::ostringstream drawing, err;
    run_map(options, in, drawing, err);
    CHECK(count_of(drawing.str(), "<script") + count_of(drawing.str(), "<img") + count_of(drawing.str(), "<b>") == 0);
  }
}

TEST_CASE("Ribbons in characters") {
  ModelPicture picture;
  picture.blocks = {{"a", "A", 50}, {"b", "B", 25, 7}, {"c", "C", 25, 7}, {"d", "D", 100}};
  PictureSweep sweep;
  sweep.devices = {{"0", 100, false}, {"cpu", 80, false}, {"disk", std::nullopt, false}};
  PictureRange range;
  range.places = {0, 0, 1, 1};
  range.used = {75, 125, 0};
  sweep.ranges = {range};
  picture.sweeps = {sweep};
  CHECK(map_strips(picture, {.width = 8}) ==
        "0     ####//..  75 B of 100 B\n"
        "cpu   ///=====!  125 B of 80 B\n");
  CHECK(map_strips(picture, {.width = 4, .blocks = true}).starts_with("0     ██▚░  75 B of 100 B\n"));
  picture.sweeps.front().ranges.front().raises = "ValueError: no";
  CHECK(map_strips(picture, {}).empty());
}

}  // namespace
}  // namespace ckptlint

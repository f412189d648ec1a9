// The order of the folders: an include may only follow the arrows that CMakeLists.txt draws.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

// Every folder that files of a folder may include, itself left out.
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"base", {}},
    {"checkpoint", {"base"}},
    {"config", {"base", "checkpoint"}},
    {"python", {"base"}},
    {"library", {"base", "python"}},
    {"graph", {"base", "python", "library"}},
    {"adapter", {"base", "checkpoint", "python", "library", "graph"}},
    {"placement", {"base", "python", "library", "graph"}},
    {"loading", {"base", "checkpoint", "python", "library", "graph"}},
    {"fix", {"base", "checkpoint", "python", "library", "graph", "placement", "loading", "config"}},
    {"report", {"base", "checkpoint", "config", "python", "library", "graph", "placement", "loading", "fix"}},
};

struct Include {
  std::string target;
  bool angled;
};

std::vector<Include> includes_of(std::istream& in) {
  std::vector<Include> found;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("#include ") || line.size() < 11) continue;
    const bool angled = line[9] == '<';
    const std::size_t end = line.find(angled ? '>' : '"', 10);
    found.push_back({line.substr(10, end - 10), angled});
  }
  return found;
}

// What is wrong with an include of a file in `folder`: "" is nothing.  `folder` is "rules", "include", a folder of
// analyzer/, or "analyzer" for the files directly in it.
std::string complaint(const std::string& folder, const Include& include) {
  const std::size_t slash = include.target.find('/');
  const std::string first = slash == std::string::npos ? "" : include.target.substr(0, slash);
  if (include.angled) {
    const bool plain = first.empty() || (folder == "rules" && first == "fmt");
    return (folder == "rules" || folder == "include") && !plain ? "is not for this folder" : "";
  }
  if (first == "ckptlint") return "";
  if (folder == "rules") return first.empty() ? "" : "rules see include/ alone";
  if (folder == "include") return "include/ sees itself alone";
  if (folder == "analyzer") return "";
  if (first == folder) return "";
  if (first.empty()) return "names no folder";
  return kMayInclude.at(folder).contains(first) ? "" : "goes backwards";
}

std::string complaint_about(const std::string& folder, const std::string& line) {
  std::istringstream in(line);
  const std::vector<Include> found = includes_of(in);
  REQUIRE(found.size() == 1);
  return complaint(folder, found[0]);
}

}  // namespace

TEST_CASE("an include that goes backwards is seen") {
  CHECK(complaint_about("base", "#include \"checkpoint/safetensors.h\"") == "goes backwards");
  CHECK(complaint_about("python", "#include \"checkpoint/safetensors.h\"") == "goes backwards");
  CHECK(complaint_about("loading", "#include \"placement/auto.h\"") == "goes backwards");
  CHECK(complaint_about("loading", "#include \"checkpoint/safetensors.h\"").empty());
  CHECK(complaint_about("rules", "#include \"base/escape.h\"") == "rules see include/ alone");
  CHECK(complaint_about("rules", "#include <nlohmann/json.hpp>") == "is not for this folder");
  CHECK(complaint_about("rules", "#include <fmt/format.h>").empty());
  CHECK(complaint_about("include", "#include \"base/result.h\"") == "include/ sees itself alone");
}

TEST_CASE("every include follows the order of the folders") {
  const fs::path root(CKPTLINT_SOURCE_DIR);
  std::size_t files = 0;
  for (const char* top : {"analyzer", "rules", "include"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".cpp" && extension != ".h") continue;
      ++files;
      const fs::path inside = fs::relative(entry.path(), root / top);
      const bool nested = std::string(top) == "analyzer" && inside.has_parent_path();
      const std::string folder = nested ? inside.begin()->string() : top;
      INFO(fs::relative(entry.path(), root).string());
      if (nested) REQUIRE(kMayInclude.contains(folder));
      std::ifstream in(entry.path());
      for (const Include& include : includes_of(in)) {
        INFO("#include " << include.target);
        CHECK_THAT(complaint(folder, include), Catch::Equals(""));
      }
    }
  }
  CHECK(files > 10);
}

// The order of the rooms: an include may only follow the arrows that CMakeLists.txt draws, which the build writes into
// arrows.txt, a line a room: "graph: library".
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"

namespace {

namespace fs = std::filesystem;

// Every room that files of a room may include, itself among them.
using Arrows = std::map<std::string, std::set<std::string>>;

// Rooms in the order of their lines; an arrow to a room that has no line yet would run back, and is left out.
Arrows arrows_of(std::istream& in) {
  Arrows arrows;
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string room = line.substr(0, colon);
    std::set<std::string> reached = {room};
    std::istringstream others(line.substr(colon + 1));
    for (std::string other; others >> other;) {
      const auto found = arrows.find(other);
      if (found != arrows.end()) reached.insert(found->second.begin(), found->second.end());
    }
    arrows[room] = reached;
  }
  return arrows;
}

const Arrows& drawn_arrows() {
  static const Arrows arrows = [] {
    std::ifstream in(CKPTLINT_BINARY_DIR "/arrows.txt");
    return arrows_of(in);
  }();
  return arrows;
}

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

// What is wrong with an include of a file in `folder`: "" is nothing.  `folder` is a room, "rules", "include", or ""
// for analyzer/ itself.
std::string complaint(const std::string& folder, const Include& include) {
  const std::string room = fs::path(include.target).parent_path().string();
  if (include.angled) {
    const bool plain = room.empty() || (folder == "rules" && room == "fmt");
    return (folder == "rules" || folder == "include") && !plain ? "is not for this folder" : "";
  }
  if (room == "ckptlint") return "";
  if (folder == "rules") return room == "wording" ? "" : "rules see include/ alone";
  if (folder == "include") return "include/ sees itself alone";
  if (folder.empty()) return drawn_arrows().contains(room) ? "" : "names no room";
  if (room.empty()) return "names no room";
  return drawn_arrows().at(folder).contains(room) ? "" : "goes backwards";
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
  CHECK(complaint_about("python/syntax", "#include \"python/evaluate/interpreter.h\"") == "goes backwards");
  CHECK(complaint_about("loading", "#include \"placement/infer.h\"") == "goes backwards");
  CHECK(complaint_about("loading", "#include \"checkpoint/safetensors.h\"").empty());
  CHECK(complaint_about("commands", "#include \"base/escape.h\"").empty());
  CHECK(complaint_about("commands", "#include \"escape.h\"") == "names no room");
  CHECK(complaint_about("rules", "#include \"base/escape.h\"") == "rules see include/ alone");
  CHECK(complaint_about("rules", "#include \"wording/wording.h\"").empty());
  CHECK(complaint_about("rules", "#include <nlohmann/json.hpp>") == "is not for this folder");
  CHECK(complaint_about("rules", "#include <fmt/format.h>").empty());
  CHECK(complaint_about("include", "#include \"base/result.h\"") == "include/ sees itself alone");
}

TEST_CASE("an arrow that runs back leads nowhere") {
  std::istringstream in("a: b\nb: a\nc: b\n");
  const Arrows arrows = arrows_of(in);
  CHECK(arrows.at("a") == std::set<std::string>{"a"});
  CHECK(arrows.at("b") == std::set<std::string>{"a", "b"});
  CHECK(arrows.at("c") == std::set<std::string>{"a", "b", "c"});
}

TEST_CASE("every folder of analyzer/ is a room, and only main.cpp is in none") {
  const fs::path analyzer = fs::path(CKPTLINT_SOURCE_DIR) / "analyzer";
  for (const auto& entry : fs::directory_iterator(analyzer)) {
    const std::string name = entry.path().filename().string();
    INFO(name);
    CHECK((entry.is_directory() || name == "main.cpp" || name == "README.md"));
  }
  for (const auto& entry : fs::recursive_directory_iterator(analyzer)) {
    if (entry.path().extension() != ".cpp" || entry.path().parent_path() == analyzer) continue;
    INFO(entry.path().string());
    CHECK(drawn_arrows().contains(fs::relative(entry.path().parent_path(), analyzer).string()));
  }
}

TEST_CASE("every include follows the order of the rooms") {
  const fs::path root(CKPTLINT_SOURCE_DIR);
  std::size_t files = 0;
  for (const char* top : {"analyzer", "rules", "include"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".cpp" && extension != ".h") continue;
      ++files;
      const fs::path inside = fs::relative(entry.path(), root / top);
      const std::string folder = std::string(top) == "analyzer" ? inside.parent_path().string() : top;
      INFO(fs::relative(entry.path(), root).string());
      if (!folder.empty() && std::string(top) == "analyzer") REQUIRE(drawn_arrows().contains(folder));
      std::ifstream in(entry.path());
      for (const Include& include : includes_of(in)) {
        INFO("#include " << include.target);
        CHECK(complaint(folder, include).empty());
      }
    }
  }
  CHECK(files > 10);
}

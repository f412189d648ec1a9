// The library's own code of models, taken as if each folder were a repo's: what of it is found, and nothing else, is in
// fixtures/conduct/transformers-<release>.txt.
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/file_tree.h"
#include "catch.h"
#include "conduct/conduct.h"
#include "conduct_text.h"
#include "golden.h"
#include "model_repo.h"

namespace ckptlint {
namespace {

// The classes at the top level of a file.
std::vector<std::string> classes_in(const std::string& text) {
  std::vector<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("class ")) continue;
    names.push_back(line.substr(6, line.find_first_of("(:", 6) - 6));
  }
  return names;
}

std::string config_of_folder(const FileTree& tree) {
  nlohmann::ordered_json map = nlohmann::ordered_json::object();
  for (const std::string& name : tree.list("")) {
    if (!name.ends_with(".py") || name == "__init__.py") continue;
    const std::string module = name.substr(0, name.size() - 3);
    for (const std::string& each : classes_in(*tree.read(name))) map[module + "." + each] = module + "." + each;
  }
  return nlohmann::ordered_json{{"auto_map", map}}.dump();
}

// A line a deed, and how much was looked at.
std::string found_in(const std::string& release) {
  const auto models = open_zip(test::transformers_wheel(release), "transformers/models");
  REQUIRE(models.ok());
  std::string found;
  std::size_t folders = 0, files = 0, deeds = 0;
  for (const std::string& folder : (*models)->list("")) {
    if (!(*models)->is_folder(folder)) continue;
    std::map<std::string, std::string> texts;
    for (const std::string& name : (*models)->list(folder)) {
      if (name.ends_with(".py") && name != "__init__.py" && !name.starts_with("convert_"))
        texts[name] = *(*models)->read(folder + "/" + name);
    }
    if (texts.empty()) continue;
    files += texts.size();
    texts["config.json"] = config_of_folder(*in_memory_tree(texts));
    SourceFiles sources;
    const Known<Conduct> conduct = conduct_of(in_memory_tree(texts), folder, sources);
    if (!conduct) {  // there is no class in it
      CHECK(conduct.unknown().why.empty());
      continue;
    }
    ++folders;
    for (const auto* list : {&conduct->deeds, &conduct->unfollowed}) {
      for (const Deed& deed : *list) {
        found += test::line_of(deed, sources) + "\n";
        ++deeds;
      }
    }
  }
  found +=
      std::to_string(deeds) + " of " + std::to_string(files) + " files in " + std::to_string(folders) + " folders\n";
  return found;
}

}  // namespace

TEST_CASE("Of the library's own models nothing is reported that they do not do") {
  for (const std::string release : {"5.23.0", "4.57.6"})
    test::check_golden("conduct/transformers-" + release + ".txt", found_in(release));
}

}  // namespace ckptlint

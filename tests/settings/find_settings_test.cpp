// Which file counts for a folder, and what it builds on.
#include "settings/find_settings.h"

#include <filesystem>
#include <string>

#include "catch.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

SettingsSchema make_schema() {
  SettingsSchema schema;
  SettingKey text;
  text.name = "class";
  schema.keys.push_back(text);
  SettingKey paths;
  paths.name = "source";
  paths.takes = SettingKey::Takes::kTexts;
  paths.path = SettingKey::Path::kAlways;
  schema.keys.push_back(paths);
  SettingKey writes;
  writes.name = "fix";
  writes.takes = SettingKey::Takes::kFlag;
  writes.own_only = true;
  schema.keys.push_back(writes);
  return schema;
}

const SettingsSchema& schema() {
  static const SettingsSchema made = make_schema();
  return made;
}

// The classes that the layers name, the nearest first; or the error.
std::string found(const std::string& folder) {
  const auto layers = find_settings(folder, schema);
  if (!layers.ok()) return layers.error().message;
  std::string all;
  for (const SettingsLayer& layer : *layers) {
    for (const Setting& setting : layer.settings) {
      for (const std::string& value : setting.values) all += (all.empty() ? "" : " ") + value;
    }
  }
  return all;
}

TEST_CASE("The nearest folder that has a configuration counts, and in it the first of three names") {
  const test::ScratchFolder folder;
  std::filesystem::create_directories(folder.path("a/b/c"));
  CHECK(found(folder.path("a/b/c")).empty());
  folder.write("pyproject.toml", "[tool.ckptlint]\nclass = \"root\"\n");
  CHECK(found(folder.path("a/b/c")) == "root");
  folder.write("a/pyproject.toml", "[project]\nname = \"other\"\n");
  CHECK(found(folder.path("a/b/c")) == "root");
  folder.write("a/pyproject.toml", "[tool.ckptlint]\nclass = \"a\"\n");
  CHECK(found(folder.path("a/b/c")) == "a");
  folder.write("a/ckptlint.toml", "class = \"plain\"\n");
  CHECK(found(folder.path("a/b/c/")) == "plain");
  folder.write("a/.ckptlint.toml", "class = \"hidden\"\n");
  CHECK(found(folder.path("a/b/c")) == "hidden");
  CHECK(found(folder.path("a/b/../..")) == "root");
  std::filesystem::create_directory(folder.path("a/b/ckptlint.toml"));
  CHECK(found(folder.path("a/b/c")) == "hidden");
}

TEST_CASE("A pyproject.toml that says nothing of the program may be what it likes") {
  const test::ScratchFolder folder;
  folder.write("pyproject.toml", "this is = no [toml");
  CHECK(found(folder.path()).empty());
  folder.write("pyproject.toml", "this is = no [toml, ckptlint");
  CHECK(found(folder.path()).find("pyproject.toml:1:6: is no TOML") != std::string::npos);
}

TEST_CASE("A configuration builds on another, and on itself never") {
  const test::ScratchFolder folder;
  folder.write("base/base.toml", "class = \"base\"\nsource = [\"wheels/a.whl\"]\n");
  folder.write("model/ckptlint.toml", "extend = \"../base/base.toml\"\nclass = \"model\"\n");
  // A configuration that lies elsewhere than one works does not lead out of its folder.
  CHECK(found(folder.path("model")).find("model/ckptlint.toml:1:10: `extend` leads out of the folder") !=
        std::string::npos);
  const auto own = settings_in(folder.path("model/ckptlint.toml"), schema());
  REQUIRE(own.ok());
  REQUIRE(own->size() == 2);
  CHECK((*own)[0].settings.front().values.front() == "model");
  CHECK((*own)[1].settings[1].values.front() == folder.path("base/wheels/a.whl"));
  CHECK((*own)[1].folder == folder.path("base"));
  folder.write("base/base.toml", "extend = \"../model/ckptlint.toml\"\n");
  const auto round = settings_in(folder.path("model/ckptlint.toml"), schema());
  REQUIRE(!round.ok());
  CHECK(round.error().message.find("base/base.toml:1:10: ") != std::string::npos);
  CHECK(round.error().message.find("extends itself") != std::string::npos);
  for (int i = 0; i < 30; ++i)
    folder.write("chain/" + std::to_string(i) + ".toml", "extend = \"" + std::to_string(i + 1) + ".toml\"\n");
  const auto chain = settings_in(folder.path("chain/0.toml"), schema());
  REQUIRE(!chain.ok());
  CHECK(chain.error().message.find("more than 16 configurations extend each other") != std::string::npos);
  const auto gap = settings_in(folder.path("chain/29.toml"), schema());
  REQUIRE(!gap.ok());
  CHECK(gap.error().message.find("29.toml:1:10: `extend`: ") != std::string::npos);
}

TEST_CASE("What comes with a model neither writes nor leads out of its folder; what was named by hand may") {
  const test::ScratchFolder folder;
  folder.write("ckptlint.toml", "fix = true\n");
  CHECK(found(folder.path())
            .find("ckptlint.toml:1:1: `fix` is not taken from a configuration that comes with the "
                  "model") != std::string::npos);
  CHECK(settings_in(folder.path("ckptlint.toml"), schema()).ok());
  for (const char* path : {"/etc/passwd", "../x.whl", "a/../../x.whl"}) {
    folder.write("ckptlint.toml", std::string("source = \"") + path + "\"\n");
    INFO(path);
    CHECK(found(folder.path()).find("`source` leads out of the folder") != std::string::npos);
  }
  folder.write("ckptlint.toml", "source = \"x/../y.whl\"\n");
  CHECK(found(folder.path()) == folder.path("y.whl"));
}

TEST_CASE("A setting may be a text of the command line") {
  const auto layer = settings_of_text("class = \"x\"", schema());
  REQUIRE(layer.ok());
  CHECK(layer->inline_text);
  CHECK(layer->settings.front().values.front() == "x");
  CHECK(shown(layer->settings.front().place) == "--config:1:1");
  CHECK(!settings_of_text("extend = \"x\"", schema()).ok());
  CHECK(!settings_of_text("class = ", schema()).ok());
}

}  // namespace
}  // namespace ckptlint

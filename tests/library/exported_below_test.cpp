#include "library/transformers/exported_below.h"

#include <cstdlib>
#include <filesystem>

#include "catch.h"
#include "scratch_folder.h"
#include "zip_writer.h"

using namespace ckptlint;
using namespace ckptlint::python;

namespace {

FileTreePtr archive(const test::ScratchFolder& folder, const std::string& name, const std::string& text) {
  test::ZipWriter zip;
  zip.add({.name = "models/a.py", .text = text, .deflated = true});
  folder.write(name, zip.finish());
  Result<FileTreePtr> tree = open_zip(folder.path(name));
  REQUIRE(tree.ok());
  return *tree;
}

// The cache of one test.
class Cache {
 public:
  Cache() { setenv("XDG_CACHE_HOME", folder.path().c_str(), 1); }
  ~Cache() { unsetenv("XDG_CACHE_HOME"); }
  test::ScratchFolder folder;
};

}  // namespace

TEST_CASE("What an archive exports is known in the next run, of that archive alone") {
  const Cache cache;
  const test::ScratchFolder folder;
  const FileTreePtr tree = archive(folder, "a.whl", "__all__ = [\"Ab\", \"B\"]\n");
  CHECK_FALSE(ExportedBelow::kept(*tree, "models").lacks("A"));

  const ExportedBelow made = ExportedBelow::keep(*tree, "models", {"B", "Ab", "B"});
  const ExportedBelow kept = ExportedBelow::kept(*archive(folder, "copy.whl", "__all__ = [\"Ab\", \"B\"]\n"), "models");
  for (const ExportedBelow* exported : {&made, &kept}) {
    CHECK(exported->lacks("A"));
    CHECK(exported->lacks("b"));
    CHECK_FALSE(exported->lacks("Ab"));
    CHECK_FALSE(exported->lacks("B"));
  }
  CHECK_FALSE(ExportedBelow::kept(*archive(folder, "other.whl", "__all__ = [\"A\", \"B\"]\n"), "models").lacks("A"));
  CHECK_FALSE(ExportedBelow::kept(*tree, "").lacks("A"));

  for (const auto& each : std::filesystem::recursive_directory_iterator(cache.folder.path())) {
    if (each.is_regular_file()) std::filesystem::resize_file(each.path(), each.file_size() - 1);
  }
  CHECK_FALSE(ExportedBelow::kept(*tree, "models").lacks("A"));
}

TEST_CASE("Nothing is kept of a folder, whose files may change") {
  const Cache cache;
  const test::ScratchFolder folder;
  folder.write("models/a.py", "__all__ = [\"B\"]\n");
  const Result<FileTreePtr> tree = open_folder(folder.path());
  REQUIRE(tree.ok());
  CHECK(ExportedBelow::keep(**tree, "models", {"B"}).lacks("A"));
  CHECK_FALSE(ExportedBelow::kept(**tree, "models").lacks("A"));
  CHECK(std::filesystem::is_empty(cache.folder.path()));
}

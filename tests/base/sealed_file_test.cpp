#include "base/sealed_file.h"

#include <filesystem>

#include "catch.h"
#include "scratch_folder.h"

using namespace ckptlint;

TEST_CASE("What is sealed is read as it was written, or not at all") {
  const test::ScratchFolder folder;
  const std::string place = folder.path("a/b/file");
  CHECK_FALSE(sealed_text(place).has_value());
  for (const std::string text : {std::string(), std::string("one\ntwo\0three", 13)}) {
    seal(place, text);
    CHECK(sealed_text(place) == text);
  }
  // Nothing is left beside it.
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path("a/b")), {}) == 1);

  seal(place, "one");
  const std::string whole = "one" + std::string(64, 'x');
  for (const std::string& other : {std::string("on"), std::string("one"), whole}) {
    folder.write("a/b/file", other);
    CHECK_FALSE(sealed_text(place).has_value());
  }
  // Where nothing can be written nothing is said.
  seal(folder.path("a/b/file/below"), "one");
  CHECK_FALSE(sealed_text(folder.path("a/b/file/below")).has_value());
}

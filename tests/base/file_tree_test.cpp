// The kinds of file trees answer alike, and none lets a path out of its folder.
#include "base/file_tree.h"

#include <sys/stat.h>

#include <filesystem>

#include "catch.h"
#include "scratch_folder.h"
#include "zip_writer.h"

using namespace ckptlint;
using test::ScratchFolder;
using test::zip_of;
using test::ZipEntry;
using Names = std::vector<std::string>;

namespace {

std::vector<ZipEntry> entries_of(const std::map<std::string, std::string>& files, const std::string& prefix = "") {
  std::vector<ZipEntry> entries;
  entries.reserve(files.size());
  for (const auto& [path, text] : files) entries.push_back({prefix + path, text, entries.size() % 2 == 1});
  return entries;
}

// The questions that every kind of tree answers alike, about the same four files.
void check_answers(const FileTree& tree) {
  CHECK(*tree.read("a/b/two.txt") == "2");
  CHECK(*tree.read("top.txt") == "top");
  CHECK(tree.is_file("a/one.txt"));
  CHECK_FALSE(tree.is_file("a"));
  CHECK(tree.is_folder("a"));
  CHECK(tree.is_folder("a/b"));
  CHECK(tree.is_folder(""));
  CHECK_FALSE(tree.is_folder("a/one.txt"));
  CHECK_FALSE(tree.is_folder("ab"));
  CHECK(tree.list("") == Names{"a", "a-b", "top.txt"});
  CHECK(tree.list("a") == Names{"b", "one.txt"});
  CHECK(tree.list("nowhere").empty());
  for (const char* path :
       {"../top.txt", "/etc/passwd", "a/../top.txt", "./top.txt", "a//one.txt", "top.txt/", "absent"}) {
    INFO(path);
    CHECK_FALSE(tree.is_file(path));
    CHECK_FALSE(tree.read(path).ok());
  }
  CHECK_FALSE(tree.read("a").ok());
  CHECK_FALSE(tree.read("top.txt", 2).ok());
  CHECK(tree.read("top.txt", 3).ok());
}

const std::map<std::string, std::string> kFiles = {
    {"a/one.txt", "1"}, {"a/b/two.txt", "2"}, {"a-b/three.txt", "3"}, {"top.txt", "top"}};

}  // namespace

TEST_CASE("a tree in memory") {
  const FileTreePtr tree = in_memory_tree(kFiles);
  check_answers(*tree);
  CHECK(tree->real_path("top.txt").empty());
}

TEST_CASE("a folder") {
  ScratchFolder folder;
  for (const auto& [path, text] : kFiles) folder.write(path, text);
  const auto tree = open_folder(folder.path());
  REQUIRE(tree.ok());
  check_answers(**tree);
  CHECK(std::filesystem::equivalent((*tree)->real_path("top.txt"), folder.path("top.txt")));
  CHECK((*tree)->real_path("absent").empty());
}

TEST_CASE("a zip") {
  ScratchFolder folder;
  folder.write("t.zip", zip_of(entries_of(kFiles)));
  const auto tree = open_zip(folder.path("t.zip"));
  REQUIRE(tree.ok());
  check_answers(**tree);
  CHECK((*tree)->real_path("top.txt").empty());
}

TEST_CASE("a folder inside a zip as the root") {
  ScratchFolder folder;
  std::vector<ZipEntry> entries = entries_of(kFiles, "pre/fix/");
  entries.push_back({"elsewhere.txt", "no"});
  folder.write("t.zip", zip_of(entries));
  const auto tree = open_zip(folder.path("t.zip"), "pre/fix");
  REQUIRE(tree.ok());
  check_answers(**tree);
  CHECK_FALSE(open_zip(folder.path("t.zip"), "pre/other").ok());
  CHECK_FALSE(open_zip(folder.path("t.zip"), "../fix").ok());
}

TEST_CASE("an overlay shows its edits and what lies below") {
  const FileTreePtr tree =
      overlay_tree(in_memory_tree({{"top.txt", "old"}, {"a/one.txt", "1"}, {"a-b/three.txt", "3"}}),
                   {{"top.txt", "top"}, {"a/b/two.txt", "2"}, {"../out.txt", "no"}});
  check_answers(*tree);
}

TEST_CASE("links out of a folder, devices and FIFOs are refused") {
  ScratchFolder outside;
  outside.write("secret.txt", "secret");
  ScratchFolder folder;
  folder.write("in/file.txt", "inside");
  folder.link("in/file.txt", "alias.txt");
  folder.link(outside.path("secret.txt"), "out.txt");
  folder.link(outside.path(), "out");
  folder.link("loop", "loop");
  REQUIRE(mkfifo(folder.path("fifo").c_str(), 0600) == 0);
  folder.link("/dev/zero", "zero");
  const auto opened = open_folder(folder.path());
  REQUIRE(opened.ok());
  const FileTree& tree = **opened;
  CHECK(*tree.read("alias.txt") == "inside");
  for (const char* path : {"out.txt", "out/secret.txt", "loop", "fifo", "zero"}) {
    INFO(path);
    CHECK_FALSE(tree.is_file(path));
    CHECK_FALSE(tree.read(path).ok());
  }
  CHECK_FALSE(tree.is_folder("out"));
  CHECK(tree.list("out").empty());
  CHECK(tree.read("fifo").error().message.find("FIFO") != std::string::npos);
}

TEST_CASE("a snapshot of the Hugging Face cache reaches its own blobs and no others") {
  ScratchFolder cache;
  cache.write("models--org--name/blobs/0123abcd", "weights");
  cache.write("models--org--other/blobs/4567", "not ours");
  cache.write("models--org--name/refs/main", "rev");
  std::filesystem::create_directories(cache.path("models--org--name/snapshots/rev/unet"));
  cache.link("../../blobs/0123abcd", "models--org--name/snapshots/rev/config.json");
  cache.link("../../../models--org--other/blobs/4567", "models--org--name/snapshots/rev/other.json");
  cache.link("../../refs/main", "models--org--name/snapshots/rev/ref.json");
  const auto tree = open_folder(cache.path("models--org--name/snapshots/rev"));
  REQUIRE(tree.ok());
  CHECK(*(*tree)->read("config.json") == "weights");
  CHECK_FALSE((*tree)->is_file("other.json"));
  CHECK_FALSE((*tree)->is_file("ref.json"));
  cache.link("../../../blobs/0123abcd", "models--org--name/snapshots/rev/unet/config.json");
  cache.link("../../../../models--org--other/blobs/4567", "models--org--name/snapshots/rev/unet/other.json");
  const auto folder = open_folder(cache.path("models--org--name/snapshots/rev/unet"));
  REQUIRE(folder.ok());
  CHECK(*(*folder)->read("config.json") == "weights");
  CHECK_FALSE((*folder)->is_file("other.json"));
}

TEST_CASE("members with hostile names do not exist") {
  ScratchFolder folder;
  folder.write("t.zip",
               zip_of({{"../up.txt", "1"}, {"/absolute", "2"}, {std::string("nul\0.txt", 8), "3"}, {"good.txt", "4"}}));
  const auto tree = open_zip(folder.path("t.zip"));
  REQUIRE(tree.ok());
  CHECK((*tree)->list("") == Names{"good.txt"});
  CHECK_FALSE((*tree)->read("../up.txt").ok());
  CHECK_FALSE((*tree)->read("/absolute").ok());
}

TEST_CASE("of members of one name the last counts, as in Python") {
  ScratchFolder folder;
  folder.write("t.zip", zip_of({{"one.txt", "first"}, {"one.txt", "second"}}));
  const auto tree = open_zip(folder.path("t.zip"));
  REQUIRE(tree.ok());
  CHECK(*(*tree)->read("one.txt") == "second");
}

TEST_CASE("what is not a zip, a folder or a file is one clear sentence") {
  ScratchFolder folder;
  folder.write("text.zip", "not a zip at all");
  folder.write("empty.zip", "");
  for (const char* name : {"text.zip", "empty.zip", "absent.zip"}) {
    const auto tree = open_zip(folder.path(name));
    REQUIRE_FALSE(tree.ok());
    CHECK(tree.error().message.find(name) != std::string::npos);
    CHECK(tree.error().message.find('\n') == std::string::npos);
  }
  CHECK_FALSE(open_zip(folder.path()).ok());
  CHECK_FALSE(open_folder(folder.path("text.zip")).ok());
  CHECK_FALSE(open_folder(folder.path("nowhere")).ok());
  CHECK_FALSE(open_folder("").ok());
}

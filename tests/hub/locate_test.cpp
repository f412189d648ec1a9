// What a PATH on the command line means, and the sentence where it means nothing.
#include "hub/locate.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "base/byte_text.h"
#include "base/json_text.h"
#include "catch.h"
#include "scratch_folder.h"

using namespace ckptlint;
using test::ScratchFolder;

TEST_CASE("a folder and a file in it") {
  ScratchFolder folder;
  folder.write("repo/model.safetensors", "x");
  const auto repo = locate(folder.path("repo"));
  REQUIRE(repo.ok());
  CHECK(repo->entry.empty());
  CHECK(repo->tree->is_file("model.safetensors"));
  const auto file = locate(folder.path("repo/model.safetensors"));
  REQUIRE(file.ok());
  CHECK(file->entry == "model.safetensors");
}

TEST_CASE("a file that the user names is followed out of its folder, its neighbours are not") {
  ScratchFolder elsewhere;
  elsewhere.write("blob", "weights");
  elsewhere.write("secret", "secret");
  ScratchFolder folder;
  folder.link(elsewhere.path("blob"), "model.safetensors");
  folder.link(elsewhere.path("secret"), "other.safetensors");
  const auto file = locate(folder.path("model.safetensors"));
  REQUIRE(file.ok());
  CHECK(*file->tree->read(file->entry) == "weights");
  CHECK_FALSE(file->tree->is_file("other.safetensors"));
}

TEST_CASE("names in the Hugging Face cache") {
  ScratchFolder cache;
  const std::string org = "models--org--name/";
  cache.write(org + "refs/main", "rev1\n");
  cache.write(org + "snapshots/rev1/config.json", "{}");
  cache.write(org + "snapshots/rev0/config.json", "old");
  cache.write(org + "snapshots/rev1/unet/config.json", "{}");
  cache.write("models--bare/snapshots/only/config.json", "{}");
  cache.write("models--torn/snapshots/a/config.json", "{}");
  cache.write("models--torn/snapshots/b/config.json", "{}");
  setenv("HF_HUB_CACHE", cache.path().c_str(), 1);
  const auto named = locate("org/name");
  REQUIRE(named.ok());
  CHECK(*named->tree->read("config.json") == "{}");
  CHECK(named->shown.ends_with("models--org--name/snapshots/rev1"));
  const auto within = locate("org/name/unet");
  REQUIRE(within.ok());
  CHECK(within->shown.ends_with("models--org--name/snapshots/rev1/unet"));
  CHECK(locate("org/name/vae").error().message == "`org/name` in the cache has no folder `vae`");
  CHECK_FALSE(locate("org/name/../name").ok());
  CHECK(locate("bare").ok());
  CHECK_FALSE(locate("torn").ok());
  CHECK(locate("org/absent").error().message ==
        "`org/absent` is not there, neither as a path nor as a model in the local Hugging Face cache; "
        "`hf://org/absent` reads it from the Hub");
  for (const char* other : {"https://hub.example/org/name", "hf:/org/name", "hf:org/name"})
    CHECK(locate(other).error().message.ends_with("is not there; a model on the Hub is named hf://ORG/NAME"));
  CHECK_FALSE(locate("../org/name").ok());
  CHECK_FALSE(locate("a/b/c").ok());
  unsetenv("HF_HUB_CACHE");
}

TEST_CASE("what cannot be located is one clear sentence") {
  ScratchFolder folder;
  REQUIRE(mkfifo(folder.path("fifo").c_str(), 0600) == 0);
  folder.link("nowhere", "dangling");
  for (const std::string& path :
       {std::string(), folder.path("fifo"), folder.path("dangling"), std::string("/dev/zero")}) {
    const auto location = locate(path);
    REQUIRE_FALSE(location.ok());
    CHECK(location.error().message.find('\n') == std::string::npos);
  }
}

TEST_CASE("sizes for people") {
  CHECK(byte_text(0) == "0 B");
  CHECK(byte_text(1023) == "1023 B");
  CHECK(byte_text(1024) == "1.0 KiB");
  CHECK(byte_text(1024 * 1024 - 1) == "1.0 MiB");
  CHECK(byte_text(5ull << 30) == "5.0 GiB");
  CHECK(byte_text(~0ull) == "16.0 EiB");
}

TEST_CASE("JSON strings") {
  const auto json = [](std::string_view text) {
    std::string out;
    append_json_string(text, out);
    return out;
  };
  CHECK(json("a\"b\\c\n\x01") == R"("a\"b\\c\n\u0001")");
  CHECK(json("\xff") == "\"\xef\xbf\xbd\"");
  CHECK(json("\xe2\x80\xae \xf3\xa0\x81\x81") == R"("\u202e \udb40\udc41")");
  CHECK(json("\xc3\xa9") == "\"\xc3\xa9\"");
}

// Releases of libraries that are fetched, listed, used and removed.  Fetching itself is tried in .ci/integration: it
// needs a network.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "base/sha256.h"
#include "catch.h"
#include "command_line/run.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

using test::run;
using test::Run;
using test::run_line;

const std::string kRepo = "models/granite-switch-like";
const std::string kWheel = "transformers-4.57.6-py3-none-any.whl";

// A cache with one release, and the program where it carries none.
struct Cache {
  Cache() {
    std::filesystem::create_directories(folder.path("ckptlint/sources"));
    std::filesystem::copy(std::string(CKPTLINT_THIRD_PARTY_DIR "/") + kWheel, wheel());
    std::filesystem::copy(CKPTLINT_PROGRAM, folder.path("program"));
    std::ifstream in(wheel(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    folder.write("ckptlint/sources/SHA256SUMS", sha256_hex(bytes) + "  " + kWheel + "\n");
  }
  std::string wheel() const { return folder.path("ckptlint/sources/" + kWheel); }
  Run run(const std::string& arguments) const {
    return run_line(fmt::format("XDG_CACHE_HOME={} {} {}", folder.path(), folder.path("program"), arguments));
  }
  const test::ScratchFolder folder;
};

TEST_CASE("A fetched release is used where none came with the program, and where it is asked for") {
  const Cache cache;
  CHECK(cache.run("check " + kRepo).out.find("with transformers 4.57.6") != std::string::npos);
  CHECK(cache.run("check --transformers 4.57.6 " + kRepo).out.find("with transformers 4.57.6") != std::string::npos);
  const Run absent = cache.run("check --transformers 4.50.0 " + kRepo);
  CHECK(absent.status == 2);
  CHECK(
      absent.out ==
      "ckptlint: the source of transformers 4.50.0 is not here: `ckptlint sources add transformers==4.50.0` fetches it, "
      "--source gives it\n");
  // The program of the build carries this one.
  CHECK(run("check --transformers 5.8 " + kRepo).out.find("with transformers 5.8.0") != std::string::npos);
}

TEST_CASE("Fetched releases are listed, and a damaged one is named") {
  const Cache cache;
  const Run sound = cache.run("sources");
  CHECK(sound.status == 0);
  CHECK(sound.out == fmt::format("fetched\n  transformers 4.57.6  {}\n", cache.wheel()));
  CHECK(cache.run("--version --verbose").out.find(sound.out) != std::string::npos);
  std::ofstream(cache.wheel(), std::ios::app) << "x";
  const Run damaged = cache.run("sources list");
  CHECK(damaged.status == 1);
  CHECK(damaged.out.find("damaged: its SHA-256 is not that of SHA256SUMS") != std::string::npos);
  const auto rows = nlohmann::json::parse(cache.run("sources --output-format json").out);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["package"] == "transformers");
  CHECK(rows[0]["version"] == "4.57.6");
  CHECK(rows[0]["from"] == "cache");
  CHECK(rows[0]["damage"] == "its SHA-256 is not that of SHA256SUMS");
}

TEST_CASE("A fetched release is removed with its hash") {
  const Cache cache;
  CHECK(cache.run("sources remove transformers==4.50.0").status == 2);
  CHECK(std::filesystem::exists(cache.wheel()));
  CHECK(cache.run("sources remove transformers==4.57.6").status == 0);
  CHECK_FALSE(std::filesystem::exists(cache.wheel()));
  CHECK(std::filesystem::file_size(cache.folder.path("ckptlint/sources/SHA256SUMS")) == 0);
  CHECK(cache.run("sources").out.find("none; ") == 0);
}

TEST_CASE("Nothing but packages and versions is given to pip") {
  const Cache cache;
  for (const char* word :
       {"--index-url=x", "-- --evil", "a/b", "https://x/y.whl", "'a;b'", "'a==1 b'", "a==", "''", "..", "a@1"}) {
    INFO(word);
    const Run refused = cache.run(std::string("sources add ") + word);
    CHECK(refused.status == 2);
    CHECK(refused.out.find("ckptlint: ") == 0);
  }
  CHECK(cache.run("sources add").status == 2);
  CHECK(cache.run("sources drop x").out == "ckptlint: `sources` has no action `drop`; it has list, add and remove\n");
  // Where there is no Python, that is said.
  const Run none = run_line(fmt::format("PATH=/nowhere XDG_CACHE_HOME={} {} sources add transformers",
                                        cache.folder.path(), cache.folder.path("program")));
  CHECK(none.out.find("needs Python with pip, or uv") != std::string::npos);
  CHECK(run("sources add transformers").out ==
        "ckptlint: there is no place for sources: neither HOME nor XDG_CACHE_HOME is set\n");
}

}  // namespace
}  // namespace ckptlint

// `ckptlint list`: what it prints where, and with which exit status.
#include "commands/list.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.h"
#include "golden.h"
#include "scratch_folder.h"

using namespace ckptlint;
using test::fixture_path;

namespace {

struct Run {
  int status;
  std::string out;
  std::string err;
};

Run list(std::vector<std::string> paths, const std::string& format = "text", bool diff = false) {
  ListOptions options;
  options.diff = diff;
  options.paths = std::move(paths);
  options.output.format = format;
  std::ostringstream out;
  std::ostringstream err;
  const int status = run_list(options, out, err);
  return {status, out.str(), err.str()};
}

}  // namespace

TEST_CASE("a sound file") {
  const Run run = list({fixture_path("formats/torch/module_state.bin")});
  CHECK(run.status == kNothingFound);
  CHECK(run.err.empty());
  CHECK(run.out.find("1.running_mean") != std::string::npos);
}

TEST_CASE("a file that its loader refuses is a finding") {
  const Run run = list({fixture_path("formats/torch/call.bin")});
  CHECK(run.status == kFindings);
  CHECK(run.out.find("posix.system") != std::string::npos);
}

TEST_CASE("what cannot be read is one sentence, and does not keep the rest from being shown") {
  const Run run = list({"/nowhere/at/all", fixture_path("formats/gguf/model.gguf")});
  CHECK(run.status == kNotAnalysed);
  CHECK(run.err == "ckptlint: `/nowhere/at/all` is not there\n");
  CHECK(run.out.find("token_embd.weight") != std::string::npos);
}

TEST_CASE("a FIFO is not waited for") {
  test::ScratchFolder folder;
  REQUIRE(mkfifo(folder.path("model.safetensors").c_str(), 0600) == 0);
  CHECK(list({folder.path("model.safetensors")}).status == kNotAnalysed);
  CHECK(list({folder.path()}).status == kFindings);  // and is not taken for absent weights
}

TEST_CASE("JSON is a list of objects, whatever was found") {
  using nlohmann::json;
  CHECK(json::parse(list({"/nowhere"}, "json").out) == json::array());
  const std::string path = fixture_path("formats/gguf/model.gguf");
  const json both = json::parse(list({path, "/nowhere", path}, "json").out);
  REQUIRE(both.size() == 2);
  CHECK(both[0] == both[1]);
  CHECK(both[0]["total"]["tensors"] == 4);
}

TEST_CASE("of a pipeline its models are listed") {
  using nlohmann::json;
  test::ScratchFolder folder;
  folder.write("model_index.json",
               R"({"_class_name": "P", "unet": ["diffusers", "U"], "scheduler": ["diffusers", "S"]})");
  folder.write("unet/config.json", "{}");
  folder.write("scheduler/scheduler_config.json", "{}");
  const json models = json::parse(list({folder.path()}, "json").out);
  REQUIRE(models.size() == 1);
  CHECK(models[0]["path"] == folder.path("unet"));
}

TEST_CASE("two files compared") {
  const std::string one = fixture_path("formats/torch/module_state.bin");
  const std::string other = fixture_path("formats/torch/nested.bin");
  CHECK(list({one, one}, "text", true).status == kNothingFound);
  CHECK(list({one, other}, "text", true).status == kNothingFound);  // the same tensors, one level down
  const Run run = list({one, fixture_path("formats/gguf/model.gguf")}, "json", true);
  CHECK(run.status == kFindings);
  CHECK(nlohmann::json::parse(run.out)["added"].size() == 4);
  CHECK(list({one}, "text", true).status == kNotAnalysed);
  CHECK(list({one, "/nowhere"}, "text", true).status == kNotAnalysed);
}

TEST_CASE("wrong usage") {
  CHECK(list({}).status == kNotAnalysed);
  CHECK(list({fixture_path("formats/gguf/model.gguf")}, "sarif").status == kNotAnalysed);
}

// `ckptlint load` where from_pretrained comes to no weights by itself, and `list` of weights that nothing loads.
#include "catch.h"
#include "model_repo.h"
#include "run.h"

using namespace ckptlint;
using test::ModelRepo;
using test::run;
using test::Run;

namespace {

// With the wheels beside the program, as from a shell.
Run load(const ModelRepo& repo, const std::string& options = "") {
  return run("load " + options + " " + repo.path(), repo.path());
}

}  // namespace

TEST_CASE("load says that weights of a variant alone are not found, and how they are") {
  for (const char* fixture : {"bad_variant_alone", "bad_diffusers_variant", "bad_variant_shards"}) {
    INFO(fixture);
    const ModelRepo repo(std::string("rules/unfound-weights/") + fixture);
    const Run loaded = load(repo);
    CHECK(loaded.status == 1);
    CHECK(loaded.out.find("from_pretrained ends in OSError: there is `") == 0);
    CHECK(loaded.out.find(", and no file that it looks for; with `variant=\"fp16\"`:\n") != std::string::npos);
    CHECK(loaded.out.ends_with(" keys match\n"));
    const Run as_json = load(repo, "--format json");
    CHECK(as_json.status == 1);
    CHECK(as_json.out.find("\"variant\": \"fp16\"") != std::string::npos);
  }
  const Run other = load(ModelRepo("rules/unfound-weights/bad_consolidated"));
  CHECK(other.status == 1);
  CHECK(other.out.find(
            "there is `consolidated.safetensors`, and no file that it looks for; under a name that it looks for:") !=
        std::string::npos);
}

TEST_CASE("load of LoRA weights says what takes them") {
  const Run loaded = load(ModelRepo("rules/unmatched-lora/ok_matches"));
  CHECK(loaded.status == 2);
  CHECK(loaded.out.find("has LoRA weights and no model: `ckptlint check PATH --base PIPELINE` loads them") !=
        std::string::npos);
}

TEST_CASE("load of an adapter says what tells about its keys") {
  const ModelRepo repo("rules/unmatched-adapter/ok_matches");
  const std::string base = test::fixture_path("rules/unfound-weights/ok_no_weights");  // any config
  const Run loaded = load(repo, "--base " + base);
  CHECK(loaded.status == 2);
  CHECK(loaded.out.find("is an adapter: `ckptlint check PATH --base BASE` says what PEFT makes of its keys") !=
        std::string::npos);
}

TEST_CASE("list of a pipeline has each file of weights beside its components") {
  const ModelRepo repo("rules/broken-components/ok_weights_beside");
  const Run listed = run("list " + repo.path());
  CHECK(listed.status == 0);
  for (const char* name : {"/unet\n", "/original.ckpt\n", "/original.safetensors\n"})
    CHECK(listed.out.find(repo.path() + name) != std::string::npos);
}

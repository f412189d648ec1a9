// Tied embeddings on disk, against what the real libraries did with them: fixtures/upstream/disk_ties.tsv, recorded by
// tests/record/disk_ties.py with each pair of releases.
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "commands/check.h"
#include "golden.h"
#include "model_repo.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

const std::map<std::string, std::vector<std::string>> kParts = {{"embed", {"model.embed_tokens"}},
                                                                {"layers", {"model.layers"}},
                                                                {"norm", {"model.norm", "model.rotary_emb"}},
                                                                {"head", {"lm_head"}}};

std::string device_map(const std::string& disk) {
  std::string map;
  for (const auto& [part, names] : kParts) {
    for (const std::string& name : names)
      map += (map.empty() ? "{'" : ", '") + name + (disk.find(part) == disk.npos ? "': 'cpu'" : "': 'disk'");
  }
  return map + "}";
}

void write_weights(const test::ScratchFolder& repo, bool both) {
  std::string rows =
      "model.embed_tokens.weight F32 [64, 16]\nmodel.norm.weight F32 [16]\n"
      "model.layers.{0..1}.{input,post_attention}_layernorm.weight F32 [16]\n"
      "model.layers.{0..1}.self_attn.{q,k,v,o}_proj.weight F32 [16, 16]\n"
      "model.layers.{0..1}.mlp.{gate,up}_proj.weight F32 [32, 16]\nmodel.layers.{0..1}.mlp.down_proj.weight F32 [16, 32]\n";
  if (both) rows += "lm_head.weight F32 [64, 16]\n";
  test::write_sparse_checkpoint(rows, repo.path("model.safetensors"));
}

// What a report says of each outcome; nothing of that where all is well.
const std::map<std::string, std::vector<std::string>> kWords = {
    {"loading ends in ValueError", {"ValueError"}},
    {"loading ends in NotImplementedError", {"NotImplementedError", "[tie-across-devices]"}},
    {"forward ends in KeyError", {"KeyError"}},
    {"forward ends in RuntimeError", {"takes another tensor", "RuntimeError"}},
    {"wrong", {"takes another tensor"}},
    {"meta", {"stay on the meta device"}},
};

}  // namespace

TEST_CASE("Tied parameters on disk are reported as the libraries fail with them, release by release") {
  test::ScratchFolder one, both;
  for (const test::ScratchFolder* repo : {&one, &both}) {
    repo->write("config.json", test::fixture_text("models/tied-on-disk/config.json"));
    write_weights(*repo, repo == &both);
  }
  std::istringstream lines(test::fixture_text("upstream/disk_ties.tsv"));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    std::istringstream fields(line);
    std::string transformers, accelerate, stored, disk, outcome;
    for (std::string* field : {&transformers, &accelerate, &stored, &disk, &outcome})
      std::getline(fields, *field, '\t');
    CheckOptions options;
    options.model.paths = {stored == "both" ? both.path() : one.path()};
    options.model.sources = {test::transformers_wheel(transformers.starts_with("4.") ? "4.57.6" : "5.23.0")};
    options.model.transformers = transformers;
    options.placement.accelerate = accelerate;
    options.placement.device_map = device_map(disk);
    options.placement.offload_folder = "offload";
    options.select = {"tie-on-disk", "tie-across-devices", "crashing-device-map"};
    std::ostringstream out, err;
    const int status = run_check(options, out, err);
    INFO(line << "\n" << out.str() << err.str());
    if (outcome == "ok") {
      CHECK(status == 0);
      continue;
    }
    CHECK(status == 1);
    const auto& words = kWords.at(outcome);
    CHECK(std::any_of(words.begin(), words.end(),
                      [&](const auto& each) { return out.str().find(each) != std::string::npos; }));
  }
  CHECK(count == 352);
}

}  // namespace ckptlint

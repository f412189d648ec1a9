// Listings of whole, broken and empty checkpoints, for people and for programs.
#include "checkpoint/listing.h"

#include <nlohmann/json.hpp>

#include "catch.h"
#include "checkpoint/checkpoint.h"
#include "golden.h"
#include "weight_files.h"

using namespace ckptlint;
using namespace ckptlint::test;

namespace {

Checkpoint moe() {
  std::vector<TensorSketch> tensors = {{"model.embed_tokens.weight", Dtype::kBfloat16, {1000, 64}},
                                       {"lm_head.weight", Dtype::kBfloat16, {1000, 64}},
                                       {"model.scalar", Dtype::kFloat32, {}}};
  for (int layer = 0; layer < 12; ++layer) {
    tensors.push_back({fmt::format("model.layers.{}.norm.weight", layer), Dtype::kFloat32, {64}});
    for (int expert = 0; expert < (layer < 3 ? 0 : 8); ++expert) {
      tensors.push_back(
          {fmt::format("model.layers.{}.experts.{}.up.weight", layer, expert), Dtype::kFloat8E4m3fn, {128, 64}});
    }
  }
  return sketched_checkpoint(tensors);
}

}  // namespace

TEST_CASE("a checkpoint listed for people") {
  check_golden("formats/listing_moe.txt", listing_text(moe(), "some/repo"));
}

TEST_CASE("a broken repo listed for people") {
  const FileTreePtr tree = in_memory_tree({
      {"model.safetensors.index.json",
       R"({"metadata":{},"weight_map":{"a":"s1.safetensors","b\u001b[2J":"s2.safetensors","c":"s3.safetensors"}})"},
      {"s1.safetensors", safetensors_of({"a"})},
      {"s2.safetensors", safetensors_of({"b\\u001b[2J"}).substr(0, 70)},
      {"pytorch_model.bin", "x"},
  });
  check_golden("formats/listing_broken.txt", listing_text(*read_checkpoint(*tree), "re\npo"));
}

TEST_CASE("a repo without weights listed for people") {
  CHECK(listing_text(*read_checkpoint(*in_memory_tree({})), "repo") == "repo\n  no weights\n");
}

TEST_CASE("a checkpoint listed for programs") {
  const FileTreePtr tree = in_memory_tree(
      {{"model.safetensors",
        safetensors_file(R"({"__metadata__":{"format":"pt"},"b\n":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                         R"("a":{"dtype":"F4","shape":[2,1],"data_offsets":[2,3]}})",
                         4)}});
  const auto json = nlohmann::json::parse(listing_json(*read_checkpoint(*tree), "repo"));
  check_golden("formats/listing.json", json.dump(1) + "\n");
}

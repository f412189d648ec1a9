// The difference between two checkpoints, as `ckptlint list --diff` prints it.
#include "checkpoint/compare.h"

#include <nlohmann/json.hpp>

#include "catch.h"
#include "checkpoint/checkpoint.h"
#include "golden.h"

using namespace ckptlint;

namespace {

Checkpoint with_layers(int count, Dtype dtype, const std::string& extra) {
  std::vector<TensorSketch> tensors = {{"embed.weight", Dtype::kBfloat16, {10, 4}}, {extra, Dtype::kFloat32, {1}}};
  for (int i = 0; i < count; ++i) tensors.push_back({"layers." + std::to_string(i) + ".weight", dtype, {4, 4}});
  return sketched_checkpoint(tensors);
}

}  // namespace

TEST_CASE("two checkpoints compared") {
  const Checkpoint before = with_layers(4, Dtype::kBfloat16, "old\x1b[2J");
  const Checkpoint after = with_layers(6, Dtype::kFloat8E4m3fn, "new");
  const CheckpointDifference found = difference(before, after);
  CHECK(found.same == 1);
  CHECK(found.changed.size() == 4);
  CHECK_FALSE(found.empty());
  test::check_golden("formats/compare.txt", difference_text(before, after, found));
  const auto json = nlohmann::json::parse(difference_json(before, after, found));
  CHECK(json["removed"].size() == 1);
  CHECK(json["added"].size() == 3);
  CHECK(json["changed"][0]["after"]["dtype"] == "float8_e4m3fn");
  CHECK(json["same"] == 1);
}

TEST_CASE("a checkpoint does not differ from itself, nor from the empty one twice") {
  const Checkpoint some = with_layers(4, Dtype::kBfloat16, "x");
  const Checkpoint none = sketched_checkpoint({});
  CHECK(difference(some, some).empty());
  CHECK(difference(some, none).only_before.size() == 6);
  CHECK(difference(none, some).only_after.size() == 6);
  CHECK(difference(none, none).empty());
}

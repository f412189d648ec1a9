// The index of a sharded checkpoint written anew from the headers of its shards, and when that is refused.
#include "fix/index_text.h"

#include <map>
#include <string>
#include <vector>

#include "catch.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/weight_files.h"

using namespace ckptlint;

namespace {

using Files = std::map<std::string, std::string>;

const char* const kFirst = "model-00001-of-00002.safetensors";
const char* const kSecond = "model-00002-of-00002.safetensors";
const char* const kIndex = "model.safetensors.index.json";

std::string weights(const std::vector<std::string>& names) { return test::safetensors_of(names); }

// "path\ntext", or "! " and why not.
std::string written(const Files& files, const std::string& entry = "") {
  const FileTreePtr repo = in_memory_tree(files);
  const Result<Checkpoint> checkpoint = read_checkpoint(*repo, entry);
  REQUIRE(checkpoint.ok());
  const Result<IndexText> index = index_text(*checkpoint, *repo);
  return index.ok() ? index->path + "\n" + index->text : "! " + index.error().message;
}

const std::string kTwoShards = R"(model.safetensors.index.json
{
  "metadata": {
    "total_size": 12
  },
  "weight_map": {
    "a": "model-00001-of-00002.safetensors",
    "b": "model-00002-of-00002.safetensors",
    "c": "model-00001-of-00002.safetensors"
  }
}
)";

}  // namespace

TEST_CASE("shards without an index get one") {
  CHECK(written({{kFirst, weights({"c", "a"})}, {kSecond, weights({"b"})}}) == kTwoShards);
}

TEST_CASE("what an index says wrongly is put right") {
  const Files shards = {{kFirst, weights({"a", "c"})}, {kSecond, weights({"b"})}};
  const std::vector<std::string> indexes = {
      R"({"metadata": {"total_size": 99}, "weight_map": {"a": "model-00002-of-00002.safetensors",
          "b": "model-00002-of-00002.safetensors", "gone": "model-00001-of-00002.safetensors"}})",
      R"({"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}})",
      R"({"metadata": 7, "weight_map": {"a": "model-00001-of-00002.safetensors",
          "b": "model-00002-of-00002.safetensors"}})",
  };
  for (const std::string& index : indexes) {
    Files files = shards;
    files[kIndex] = index;
    INFO(index);
    CHECK(written(files) == kTwoShards);
  }
}

TEST_CASE("what else the metadata says stays") {
  const std::string text =
      written({{kFirst, weights({"a"})},
               {kSecond, weights({"b"})},
               {kIndex, R"({"metadata": {"total_size": "many", "by": "\u00e9", "deep": {"x": [1]}}, "weight_map": {
                   "a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}})"}});
  CHECK(text.find("\"by\": \"\\u00e9\"") != std::string::npos);  // ASCII, as Python's json.dump writes it
  CHECK(text.find("\"deep\": {") != std::string::npos);
  CHECK(text.find("\"total_size\": 8\n") != std::string::npos);
  CHECK(text.find("many") == std::string::npos);
}

TEST_CASE("names are written so that every reader takes them") {
  const std::string text = written({{kFirst, weights({"\xc3\xa9"})}, {kSecond, weights({"q\\\"q"})}});
  CHECK(text.find("\"\\u00e9\": \"model-00001") != std::string::npos);
  CHECK(text.find("\"q\\\"q\": \"model-00002") != std::string::npos);
}

TEST_CASE("a tensor that two shards have is in the last") {
  const std::string text = written({{kFirst, weights({"a", "twice"})}, {kSecond, weights({"twice"})}});
  CHECK(text.find("\"twice\": \"model-00002-of-00002.safetensors\"") != std::string::npos);
}

TEST_CASE("an index is not written over what is absent or damaged") {
  const std::string index = R"({"metadata": {}, "weight_map": {"a": "model-00001-of-00002.safetensors",
      "b": "model-00002-of-00002.safetensors"}})";
  struct Case {
    Files files;
    std::string refusal;
  };
  const std::vector<Case> cases = {
      {{}, "! there are no shards"},
      {{{kIndex, index}, {kFirst, weights({"a"})}}, std::string("! `") + kSecond + "` is not there"},
      {{{kIndex, index}, {kFirst, weights({"a"})}, {kSecond, weights({"b"}).substr(0, 20)}},
       std::string("! `") + kSecond + "` cannot be loaded as it is"},
      {{{kIndex, index}, {kFirst, weights({"a"})}, {kSecond, ""}},
       std::string("! `") + kSecond + "` cannot be loaded as it is"},
  };
  for (const Case& each : cases) {
    INFO(each.refusal);
    CHECK(written(each.files) == each.refusal);
  }
}

TEST_CASE("a file whose name tells no index gets none") {
  CHECK(written({{"model.safetensors", weights({"a"})}}) ==
        "! the name `model.safetensors` does not tell that of the index");
  CHECK(written({{"x-of-.safetensors", weights({"a"})}}, "x-of-.safetensors").starts_with("! "));
  CHECK(written({{"-of-", weights({"a"})}}, "-of-").starts_with("! "));
}

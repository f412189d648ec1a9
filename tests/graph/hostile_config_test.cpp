// Configs that ask for more than any machine has end at once, in one sentence.
#include <string>

#include "catch.h"
#include "graph/build.h"

namespace ckptlint {
namespace {

std::string answer_to(const std::string& fields) {
  Result<std::vector<SourceTree>> sources =
      open_source(CKPTLINT_THIRD_PARTY_DIR "/transformers-5.23.0-py3-none-any.whl");
  REQUIRE(sources);
  GraphRequest request;
  request.repo = in_memory_tree(
      {{"config.json", R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"], )" + fields + "}"}});
  request.sources = *sources;
  const Result<BuiltGraph> built = build_graph(request);
  if (!built) return built.error().message;
  return built->failure ? built->failure->what : "built";
}

TEST_CASE("a number of layers that nothing could hold") {
  for (const char* count : {"1000000000", "100000000", "9223372036854775807"}) {
    INFO(count);
    CHECK(answer_to(std::string(R"("num_hidden_layers": )") + count) ==
          "the model takes more memory to build than the limit allows");
  }
  CHECK(answer_to(R"("num_hidden_layers": 2)") == "built");
}

}  // namespace
}  // namespace ckptlint

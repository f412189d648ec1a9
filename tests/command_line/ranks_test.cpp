// What `map` says of several processes, and of the cache beside the weights.
#include "command_line/run.h"
#include "model_repo.h"

using namespace ckptlint::test;

namespace {

// 8 heads, 2 of them of keys; four layers.
const char* const kLlama =
    R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"], "dtype": "bfloat16", "hidden_size": 1024,
  "intermediate_size": 2048, "num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 128, "num_hidden_layers": 4, "vocab_size": 1024,
  "max_position_embeddings": 4096, "tie_word_embeddings": false})";

bool says(const Run& made, const std::string& text) { return made.out.find(text) != std::string::npos; }

}  // namespace

TEST_CASE("Each projection that stands against a number of ranks is named once") {
  const ScratchFolder folder;
  folder.write("config.json", kLlama);
  const Run made = run("map --tp " + folder.path());
  INFO(made.out);
  CHECK(made.status == 0);
  CHECK(says(made, "possible: 2\n3, 5 to 7, 9 to 64:\n"));
  CHECK(says(made, "\n3 to 64:\n  `k_proj` has 2 heads of 128, which divide by 1 and 2\n"));
  CHECK(made.out.find("`k_proj`") == made.out.rfind("`k_proj`"));
  CHECK(says(made, "\n  `q_proj` has 8 heads of 128, which divide by 1, 2, 4 and 8\n"));
}

TEST_CASE("What is given with --tp and is no number, or of no use, is said") {
  const ScratchFolder folder;
  folder.write("config.json", kLlama);
  const auto said = [&](const std::string& options) { return run("map " + folder.path() + " " + options).out; };
  CHECK(said("--tp x") == "ckptlint: `map` takes one PATH, or --graph, and what follows `--tp` is no number\n");
  CHECK(said("--tp 2 --batch 4") ==
        "ckptlint: `--batch` says of how many sequences `--context` or `--gpu` is; neither is given\n");
  CHECK(said("--tp -1") == "ckptlint: `--tp` takes how many processes there are, from 1 to 1024, not `-1`\n");
  CHECK(said("--max-memory 0=1GiB --context -1") ==
        "ckptlint: `--context` takes how many tokens, from 1 to 16777216, not `-1`\n");
}

TEST_CASE("The cache of a context lies where the layers are that fill it") {
  const ScratchFolder folder;
  folder.write("config.json", kLlama);
  // 1 KiB a token and layer: keys and values of two heads of 128 in two bytes.
  const Run made = run("map --max-memory 0=50MiB,1=50MiB --context 1024 --batch 2 " + folder.path());
  INFO(made.out);
  CHECK(made.status == 0);
  CHECK(says(made, "cache of 1024 tokens in 2 sequences\n  device 0: 4 MiB, with the weights "));
  CHECK(says(made, "  device 1: 4 MiB, with the weights "));
  CHECK(says(made, "longest context of 2 sequences beside the weights, without activations: "));
  // What lies on the CPU works on the accelerator.
  const Run spilled = run("map --max-memory 0=40MiB,cpu=1GiB --context 5000 --gpu l4 " + folder.path());
  INFO(spilled.out);
  CHECK(says(spilled,
             "cache of 5000 tokens in 1 sequence (the config has 4096 positions, by `max_position_embeddings`)\n"));
  CHECK(says(spilled, "\n  device 0: 19.5 MiB, with the weights "));
  CHECK_FALSE(says(spilled, "device cpu:"));
  CHECK(run("map --context 8 --max-memory 0=1GiB --format json " + folder.path()).status == 2);
}

TEST_CASE("A norm that each stage of a pipeline runs is an error") {
  const ScratchFolder folder;
  folder.write(
      "config.json",
      R"({"model_type": "gpt_neox", "architectures": ["GPTNeoXForCausalLM"], "hidden_size": 64, "intermediate_size": 96,
    "num_attention_heads": 8, "num_hidden_layers": 4, "vocab_size": 96})");
  const Run made = run("map --pp 2 " + folder.path());
  INFO(made.out);
  CHECK(says(made, "error: `gpt_neox.final_layer_norm` runs in several stages, and in the model once\n"));
  CHECK(made.status == 1);
}

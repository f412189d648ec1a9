// How much processor time placing takes as graphs grow: with the functions of accelerate and of transformers, with
// blocks that are not split and without, in every mode.  Run by hand:
//   placement_bench                 graphs of 1e3 to 1e6 tensors
//   placement_bench GRAPH.json...   these graphs
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph_json.h"
#include "placement/simulate.h"

namespace {

using namespace ckptlint;

// A decoder, rows in torch's order: each layer has attention, norms, a buffer, and one MLP or a list of experts.
class DecoderGraph {
 public:
  DecoderGraph(int layers, int experts) {
    const ModuleId root = module(ModuleId::kNone, "", "DecoderForCausalLM");
    const ModuleId model = module(root, "model", "Decoder");
    linear(model, "embed_tokens", 100000, 1024);
    const ModuleId list = module(model, "layers", "ModuleList");
    for (int layer = 0; layer < layers; ++layer) {
      const ModuleId block = module(list, std::to_string(layer), "DecoderLayer");
      tensor(block, "layer_scalar", {1}, TensorKind::kBuffer);
      const ModuleId attention = module(block, "self_attn", "Attention");
      for (const char* name : {"q_proj", "k_proj", "v_proj", "o_proj"}) linear(attention, name, 1024, 1024);
      const ModuleId mlp = module(block, "mlp", experts == 0 ? "MLP" : "MoE");
      if (experts == 0) {
        feed_forward(mlp);
      } else {
        const ModuleId all = module(mlp, "experts", "ModuleList");
        for (int expert = 0; expert < experts; ++expert) feed_forward(module(all, std::to_string(expert), "MLP"));
      }
      for (const char* name : {"input_layernorm", "post_attention_layernorm"})
        tensor(module(block, name, "RMSNorm"), "weight", {1024}, TensorKind::kParameter);
    }
    linear(root, "lm_head", 100000, 1024);
    graph.no_split_modules = std::vector<std::string>{"DecoderLayer"};
  }

  ModuleGraph graph;

 private:
  ModuleId module(ModuleId parent, const std::string& key, const std::string& class_name) {
    Module row;
    row.parent = parent;
    row.class_name = class_name;
    if (parent != ModuleId::kNone) row.name = below(parent, key);
    row.first_tensor = static_cast<std::uint32_t>(graph.tensors.size());
    graph.modules.push_back(std::move(row));
    return ModuleId{static_cast<std::uint32_t>(graph.modules.size() - 1)};
  }
  void feed_forward(ModuleId mlp) {
    for (const char* name : {"gate_proj", "up_proj", "down_proj"}) linear(mlp, name, 512, 1024);
  }
  void linear(ModuleId parent, const std::string& key, std::int64_t out, std::int64_t in) {
    tensor(module(parent, key, "Linear"), "weight", {out, in}, TensorKind::kParameter);
  }
  void tensor(ModuleId owner, const std::string& key, std::vector<std::int64_t> shape, TensorKind kind) {
    Tensor row;
    row.name = below(owner, key);
    row.kind = kind;
    row.dtype = Dtype::kBfloat16;
    row.owner = owner;
    row.shape = std::move(shape);
    graph.tensors.push_back(std::move(row));
    ++graph.modules[index(owner)].tensor_count;
  }
  std::string below(ModuleId parent, const std::string& key) const {
    const std::string& above = graph.module(parent).name;
    return above.empty() ? key : above + "." + key;
  }
};

template <typename Work>
double milliseconds(Work&& work) {
  const std::clock_t begin = std::clock();
  work();
  return static_cast<double>(std::clock() - begin) * 1e3 / CLOCKS_PER_SEC;
}

Bytes total_of(const ModuleGraph& graph) {
  Bytes total;
  for (const Tensor& tensor : graph.tensors) {
    std::int64_t elements = 1;
    for (const std::int64_t extent : tensor.shape) elements *= extent;
    if (tensor.alias == TensorId::kNone) total += Bytes::eighths(elements * bits(tensor.dtype));
  }
  return total;
}

// Milliseconds from the graph to the map, the best of a few runs; a row of the outcome is added to `outcome`.
double time_of(const ModuleGraph& graph, const PlacementQuestion& question, std::string& outcome) {
  double best = 1e300;
  std::string last;
  for (int run = 0; run < 5; ++run) {
    best = std::min(best, milliseconds([&] {
                      const PlacementSimulator simulator(graph);
                      const Result<Placement> placement = simulator.place(question);
                      last = !placement         ? placement.error().message
                             : placement->crash ? placement->crash->exception
                                                : std::to_string(placement->map.entries.size());
                    }));
  }
  outcome += (outcome.empty() ? "" : ", ") + last;
  return best;
}

// The modes of one column each; "balanced" is "auto" by another name.
constexpr MapMode kModes[] = {MapMode::kAuto, MapMode::kBalancedLow0, MapMode::kSequential};

void measure(const std::string& name, const ModuleGraph& graph) {
  const Bytes total = total_of(graph);
  ModuleGraph without_blocks = graph;
  without_blocks.no_split_modules.reset();
  for (const Flavour flavour : {Flavour::kAccelerate, Flavour::kTransformers}) {
    for (const bool blocks : {true, false}) {
      PlacementQuestion question;
      question.flavour = flavour;
      if (blocks && graph.no_split_modules) question.no_split_module_classes = *graph.no_split_modules;
      for (int device = 0; device < 8; ++device)
        question.budgets.push_back({Device::accelerator(device), Bytes::eighths(total.in_eighths() / 7)});
      question.budgets.push_back({Device::cpu(), total});
      fmt::print("{:<8} {:>7} tensors  {:<12} {:<9}", name, graph.tensors.size(),
                 flavour == Flavour::kAccelerate ? "accelerate" : "transformers", blocks ? "blocks" : "no blocks");
      std::string outcome;
      double worst = 0;
      for (const MapMode mode : kModes) {
        question.mode = mode;
        const double best = time_of(blocks ? graph : without_blocks, question, outcome);
        worst = std::max(worst, best);
        fmt::print(" {:>9.3f} ms", best);
      }
      fmt::print("  {:>6.1f} ns a tensor  keys: {}\n", worst * 1e6 / static_cast<double>(graph.tensors.size()),
                 outcome);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  fmt::print("{:>48} {:>12} {:>12} {:>12}\n", "", "auto", "balanced_low_0", "sequential");
  for (int i = 1; i < argc; ++i) {
    const Result<ModuleGraph> graph = read_module_graph(argv[i]);
    if (!graph) {
      fmt::print(stderr, "{}\n", graph.error().message);
      return 2;
    }
    measure("given", *graph);
  }
  if (argc > 1) return 0;
  for (const int layers : {100, 1000, 10000, 100000}) measure("layers", DecoderGraph(layers, 0).graph);
  for (const auto& [layers, experts] : {std::pair{8, 39}, {24, 136}, {80, 414}, {200, 1664}})
    measure("experts", DecoderGraph(layers, experts).graph);
}

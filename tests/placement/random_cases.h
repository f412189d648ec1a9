// Random device-map cases: small module graphs with everything that placing looks at, and questions about them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "ckptlint/module_graph.h"
#include "graph/graph_json.h"

namespace ckptlint::test {

// How many of them the libraries were asked: blocks of a hundred, each of which has every kind of answer.
constexpr std::uint64_t kRandomCases = 3000;

// The same numbers everywhere (SplitMix64): what was recorded for a case depends on every one of them.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 .. count - 1
  std::uint32_t below(std::uint32_t count) { return static_cast<std::uint32_t>(next() % count); }
  bool percent(std::uint32_t share) { return below(100) < share; }
  template <typename T>
  const T& pick(const std::vector<T>& items) {
    return items[below(static_cast<std::uint32_t>(items.size()))];
  }
  // `count` of them, in random order.
  std::vector<std::string> sample(std::vector<std::string> items, std::size_t count) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(static_cast<std::uint32_t>(i))]);
    items.resize(std::min(count, items.size()));
    return items;
  }

 private:
  std::uint64_t state_;
};

// Grows a graph depth first, so that rows come in torch's order.
class RandomGraph {
 public:
  explicit RandomGraph(Random& random) : random_(random) {
    shares_parameters_ = random.pick<std::uint32_t>({0, 0, 5, 20, 50});
    shares_buffers_ = random.pick<std::uint32_t>({0, 0, 30});
    shares_modules_ = random.pick<std::uint32_t>({0, 0, 10, 25});
    odd_dtypes_ = random.pick<std::uint32_t>({0, 0, 10, 30});
    graph.class_name = "Root";
    Module root;
    root.class_name = "Root";
    graph.modules.push_back(root);
    fill(ModuleId{0});
    grow(ModuleId{0}, 1 + random.below(4));
  }

  ModuleGraph graph;

 private:
  static constexpr std::size_t kMostModules = 150;

  void grow(ModuleId parent, std::uint32_t depth) {
    if (depth == 0) return;
    std::vector<std::string> keys;
    if (random_.percent(50)) {
      for (std::uint32_t i = random_.below(6) + 1; i-- > 0;) keys.insert(keys.begin(), std::to_string(i));
    } else {
      keys =
          random_.sample({"a", "b", "ab", "a_b", "proj", "norm", "layers", "embed", "head", "\u00e9", "\u6f22\u5b57"},
                         random_.below(5));
    }
    for (const std::string& key : keys) {
      if (graph.modules.size() > kMostModules) return;
      if (!finished_.empty() && random_.percent(shares_modules_)) {
        repeat(parent, key, random_.pick(finished_));
        continue;
      }
      const ModuleId id =
          add(parent, key, random_.pick<std::string>({"Model", "Layer", "Block", "Attention", "Linear", "Norm"}));
      fill(id);
      grow(id, random_.percent(80) ? depth - 1 : 0);
      finished_.push_back(id);
    }
  }

  ModuleId add(ModuleId parent, const std::string& key, const std::string& class_name) {
    Module module;
    module.name = below(parent, key);
    module.class_name = class_name;
    module.parent = parent;
    module.first_tensor = static_cast<std::uint32_t>(graph.tensors.size());
    graph.modules.push_back(std::move(module));
    return ModuleId{static_cast<std::uint32_t>(graph.modules.size() - 1)};
  }

  void fill(ModuleId id) {
    for (const std::string& key :
         random_.sample({"weight", "bias", "scale", "weight_g"}, random_.pick<std::size_t>({0, 0, 1, 1, 2}))) {
      if (!parameters_.empty() && random_.percent(shares_parameters_)) {
        share(id, key, random_.pick(parameters_));
        continue;
      }
      Tensor tensor;
      tensor.dtype = dtype({Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16});
      tensor.shape = {random_.percent(5) ? 0 : 1 + random_.below(48), 1 + random_.below(48)};
      parameters_.push_back(add(id, key, std::move(tensor)));
    }
    for (const std::string& key :
         random_.sample({"scalar", "mask", "inv_freq", "bias_table"}, random_.pick<std::size_t>({0, 0, 0, 1, 2}))) {
      if (!buffers_.empty() && random_.percent(shares_buffers_)) {
        share(id, key, random_.pick(buffers_));
        continue;
      }
      Tensor tensor;
      tensor.kind = TensorKind::kBuffer;
      tensor.persistent = random_.percent(60);
      tensor.dtype = dtype({Dtype::kFloat32, Dtype::kInt64, Dtype::kBfloat16});
      if (random_.percent(80)) tensor.shape = {random_.below(256)};
      buffers_.push_back(add(id, key, std::move(tensor)));
    }
  }

  Dtype dtype(std::vector<Dtype> plain) {
    if (random_.percent(odd_dtypes_)) {
      plain = {Dtype::kBool,    Dtype::kInt8,         Dtype::kUint8,      Dtype::kInt32,
               Dtype::kFloat64, Dtype::kFloat8E4m3fn, Dtype::kFloat8E5m2, Dtype::kComplex64};
    }
    return random_.pick(plain);
  }

  TensorId add(ModuleId owner, const std::string& key, Tensor tensor) {
    tensor.name = below(owner, key);
    tensor.owner = owner;
    graph.tensors.push_back(std::move(tensor));
    ++graph.modules[index(owner)].tensor_count;
    return TensorId{static_cast<std::uint32_t>(graph.tensors.size() - 1)};
  }

  void share(ModuleId owner, const std::string& key, TensorId object) {
    Tensor tensor = graph.tensor(object);
    tensor.alias = object;
    // Persistence belongs to the name.
    if (tensor.is_buffer()) tensor.persistent = random_.percent(60);
    add(owner, key, std::move(tensor));
  }

  // The same module again under another name, with all its rows.
  void repeat(ModuleId parent, const std::string& key, ModuleId object) {
    const Module original = graph.module(object);
    const ModuleId id = add(parent, key, original.class_name);
    graph.modules[index(id)].alias = original.alias == ModuleId::kNone ? object : original.alias;
    for (std::uint32_t i = 0; i < original.tensor_count; ++i) {
      Tensor tensor = graph.tensors[original.first_tensor + i];
      if (tensor.alias == TensorId::kNone) tensor.alias = TensorId{original.first_tensor + i};
      const std::string own_key = tensor.name.substr(original.name.size() + 1);
      add(id, own_key, std::move(tensor));
    }
    const std::size_t end = graph.modules.size();
    for (std::uint32_t row = index(object) + 1; row < end && row < index(id); ++row) {
      if (graph.modules[row].parent == object)
        repeat(id, graph.modules[row].name.substr(original.name.size() + 1), ModuleId{row});
    }
  }

  std::string below(ModuleId parent, const std::string& key) const {
    const std::string& above = graph.module(parent).name;
    return above.empty() ? key : above + "." + key;
  }

  Random& random_;
  std::uint32_t shares_parameters_, shares_buffers_, shares_modules_, odd_dtypes_;
  std::vector<ModuleId> finished_;
  std::vector<TensorId> parameters_, buffers_;
};

// One case as a line of JSON.
class RandomCase {
 public:
  explicit RandomCase(std::uint64_t number) : random_(number * 2654435761u + 1), grown_(random_) {}

  std::string json() {
    const bool accelerate = random_.percent(60);
    field("flavour", accelerate ? "\"accelerate\"" : "\"transformers\"");
    field("device_map",
          random_.pick<std::string>({"\"auto\"", "\"balanced\"", "\"balanced_low_0\"", "\"sequential\""}));
    field("max_memory", budgets());
    const std::vector<std::string> classes =
        random_.sample({"Model", "Layer", "Block", "Attention", "Linear", "Norm"}, random_.below(4));
    if (accelerate) {
      if (random_.percent(50)) field("no_split_module_classes", list(classes));
      field("split_keeps_buffers", flag(40));
      field("offload_buffers", flag(30));
      field("fallback_allocation", flag(35));
      field("clean_result", flag(80));
      if (random_.percent(50))
        field("dtype",
              random_.pick<std::string>({"\"float16\"", "\"float32\"", "\"int8\"", "\"bool\"", "\"float64\""}));
      if (random_.percent(25)) field("special_dtypes", special_dtypes());
    } else {
      model_facts(classes);
    }
    field("graph", module_graph_json(grown_.graph, {.basis = "", .spans = false}));
    return "{" + out_ + "}";
  }

 private:
  void field(const std::string& name, const std::string& value) {
    out_ += (out_.empty() ? "\"" : ",\"") + name + "\":" + value;
  }
  std::string flag(std::uint32_t share) { return random_.percent(share) ? "true" : "false"; }
  static std::string list(const std::vector<std::string>& items) {
    std::string out = "[";
    for (const std::string& item : items) out += (out.size() > 1 ? ",\"" : "\"") + item + "\"";
    return out + "]";
  }

  std::int64_t total() const {
    std::int64_t bytes = 0;
    for (const Tensor& tensor : grown_.graph.tensors) {
      std::int64_t size = bits(tensor.dtype) / 8;
      for (const std::int64_t extent : tensor.shape) size *= extent;
      if (tensor.alias == TensorId::kNone) bytes += size;
    }
    return bytes;
  }

  std::string budgets() {
    const std::int64_t all = total();
    const auto share = [&](std::uint32_t low, std::uint32_t high) {
      return std::to_string(all * (low + random_.below(high - low)) / 100);
    };
    std::vector<std::pair<std::string, std::string>> budgets;
    const std::uint32_t devices = random_.below(6);
    const bool gaps = random_.percent(8);
    for (std::uint32_t i = 0; i < devices; ++i) {
      // One after the other: compilers disagree about which argument of a call they look at first.
      std::string bytes = random_.percent(8) ? "0" : share(3, random_.percent(50) ? 50 : 120);
      std::string device = std::to_string(gaps ? i * 2 + random_.below(2) : i);
      budgets.emplace_back(std::move(device), std::move(bytes));
    }
    if (random_.percent(70)) budgets.emplace_back("cpu", share(1, 200));
    if (random_.percent(12)) budgets.emplace_back("mps", share(1, 100));
    if (random_.percent(3)) budgets.emplace_back("disk", share(1, 200));
    if (random_.percent(2)) budgets.emplace_back("cuda:0", share(1, 200));
    if (!budgets.empty() && random_.percent(10)) {
      budgets[random_.below(static_cast<std::uint32_t>(budgets.size()))].second =
          random_.pick<std::string>({"\"1KiB\"", "\"2KB\"", "\"0.5MiB\"", "\" 3 kb\"", "\"4Kb\"", "\"1e3KiB\"",
                                     "\"1_0KiB\"", "\"infGB\"", "\"nanGB\"", "\"-1KB\"", "\"1TB\"", "\"12\""});
    }
    std::string out = "{";
    for (const auto& [device, bytes] : budgets) out += (out.size() > 1 ? ",\"" : "\"") + device + "\":" + bytes;
    return out + "}";
  }

  std::string special_dtypes() {
    std::vector<std::string> names = {"scalar", "mask"};  // also what modules call their own
    for (const Tensor& tensor : grown_.graph.tensors) names.push_back(tensor.name);
    std::string out = "{";
    for (const std::string& name : random_.sample(names, 1 + random_.below(3))) {
      out += (out.size() > 1 ? ",\"" : "\"") + name +
             "\":" + random_.pick<std::string>({"\"float32\"", "\"float16\"", "\"int64\""});
    }
    return out + "}";
  }

  void model_facts(const std::vector<std::string>& classes) {
    ModuleGraph& graph = grown_.graph;
    std::vector<std::string> present;
    for (const std::string& name : classes) {
      const bool any = std::any_of(graph.modules.begin(), graph.modules.end(),
                                   [&](const Module& m) { return m.class_name == name; });
      if (any || random_.percent(5)) present.push_back(name);
    }
    std::sort(present.begin(), present.end());
    graph.no_split_modules = present;
    auto& ties = graph.tied_weights.emplace();
    std::vector<std::string> names;
    for (const Tensor& tensor : graph.tensors) {
      if (tensor.is_buffer()) continue;
      names.push_back(tensor.name);
      if (tensor.alias != TensorId::kNone) ties.emplace_back(tensor.name, graph.tensor(tensor.alias).name);
    }
    for (std::uint32_t more = random_.pick<std::uint32_t>({0, 0, 1, 3}); more > 0 && names.size() > 2; --more) {
      const std::vector<std::string> pair = random_.sample(names, 2);
      const bool known = std::any_of(ties.begin(), ties.end(), [&](const auto& tie) { return tie.first == pair[0]; });
      if (!known) ties.emplace_back(pair[0], pair[1]);
    }
    if (random_.percent(20))
      graph.no_placement_params = random_.sample({"weight", "bias", "a.weight", "0.weight", "scale", "scalar"}, 2);
  }

  Random random_;
  RandomGraph grown_;
  std::string out_;
};

}  // namespace ckptlint::test

// Hands a model to packages/parallel_loading.py, which calls the library, and reads how its tensors are cut.
#include "parallel/distribute.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/escape.h"
#include "ckptlint/names.h"
#include "graph/asking.h"
#include "graph/questions.h"
#include "library/host/embedded.h"
#include "loading/evaluated_conversion.h"
#include "parallel/representatives.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

constexpr const char* kModule = "_parallel_loading";

// The model's plan for tensor parallelism; none where it has none, or no dictionary.
const python::Dict* tensor_plan(EvaluatedModel& evaluated) {
  Interpreter& in = *evaluated.interpreter;
  Value plan;
  const bool has = in.find_attribute(evaluated.model, in.intern("_tp_plan"), plan) && plan.is(Kind::kDict);
  return has ? plan.as<python::Dict>() : nullptr;
}

// A cut of one dimension over the ranks of a grid: `parts` groups, each over `count` ranks that are `stride` apart.
struct Cut {
  std::size_t dim;
  std::int64_t parts, count, stride;
};

std::int64_t chunk(std::int64_t size, std::int64_t count, std::int64_t at) {
  const std::int64_t full = (size + count - 1) / count;
  return std::clamp<std::int64_t>(size - full * at, 0, full);
}

// torch.distributed.tensor of torch 2.13: Shard, and _StridedShard where there are several parts.
std::int64_t local_size(std::int64_t size, const Cut& cut, std::int64_t rank) {
  const std::int64_t at = rank / cut.stride % cut.count;
  std::int64_t local = 0;
  for (std::int64_t part = 0; part < cut.parts; ++part) local += chunk(chunk(size, cut.parts, part), cut.count, at);
  return local;
}

// A row as evaluated code gives it.
struct Row {
  ShardedTensor tensor;  // without its layout
  Layout layout;         // of this rank
  std::vector<Cut> cuts;
};

class Distribution {
 public:
  Distribution(const ParallelSizes& sizes, const ModuleGraph& graph, EvaluatedModel& evaluated,
               const StoredWeights* stored, const std::optional<ForwardQuestion>& forward)
      : sizes_(sizes),
        graph_(graph),
        evaluated_(evaluated),
        stored_(stored),
        forward_(forward),
        in_(*evaluated.interpreter) {
    // Releases that distribute a model without laying its parameters out go through it once for each rank.
    const bool by_mixin =
        in_.class_lookup(in_.type_of(evaluated.model), in_.intern("maybe_distribute_model")) != nullptr;
    if (!by_mixin && !names_numbers()) few_ = representatives_of(graph);
    for (std::uint32_t i = 0; i < graph.tensors.size(); ++i) {
      if (!few_ || few_->tensors[i] == i) whole_.emplace(graph.tensors[i].name, i);
    }
  }

  ParallelMap shards() {
    ParallelMap map{.sizes = sizes_, .raises = {}, .stages = {}, .plan = {}, .forward = {}};
    in_.embedded_module(kModule, python::embedded_text("packages/parallel_loading.py"), false);
    in_group(map, [&] {
      for (std::uint32_t stage = 0; stage < sizes_.pipeline && map.raises.empty(); ++stage) add_stage(map, stage);
      if (map.raises.empty()) add_rules(map);
    });
    if (!map.raises.empty()) map.stages.clear();
    return map;
  }

  // Whether forward passes are asked for, and were not made with the shards: they need the whole model.
  bool has_passes_left(const ParallelMap& map) const { return forward_ && few_ && map.raises.empty(); }

  void add_passes(ParallelMap& map) {
    if (sizes_.world() == 1) {
      map.forward.push_back({0, forward_of(evaluated_, *forward_)});
      return;
    }
    few_.reset();
    in_group(map, [&] { follow_ranks(map); });
    if (!map.raises.empty()) map.stages.clear();
  }

 private:
  // What `question()` gives.  What it raises is noted in the map; NotFollowed where that is not known.
  template <typename Question>
  Value required(ParallelMap& map, const Question& question) {
    const Answer<Value> answer = ask(in_, question);
    if (const Unknown* unknown = answer.unknown()) throw NotFollowed{unknown->why};
    if (const python::PyRaise* raised = answer.raised()) {
      map.raises = in_.describe(*raised);
      if (is_of_machine(map.raises))
        throw NotFollowed{fmt::format("{}{}", printable(map.raises), place_of(in_, raised->where))};
      return Value::none();
    }
    return *answer;
  }

  Value call(const char* method, std::initializer_list<Value> given) {
    return in_.call(in_.attribute(ranks_, in_.intern(method)), given);
  }

  // `body()`, while the model is one of a group.
  template <typename Body>
  void in_group(ParallelMap& map, const Body& body) {
    ranks_ = required(map, [&] {
      return in_.call(in_.import_name(kModule, "Ranks"),
                      {evaluated_.model, count(sizes_.tensor), count(sizes_.expert), count(sizes_.pipeline),
                       stored_tensors(), stored_names(), evaluated_.quantizer, modules()});
    });
    if (!map.raises.empty()) return;
    try {
      body();
    } catch (...) {
      call("leave", {});
      throw;
    }
    call("leave", {});
  }

  void add_rules(ParallelMap& map) {
    for (const Value& rule : items(in_.attribute(ranks_, in_.intern("rules")))) {
      const std::vector<Value> fields = items(rule, 4);
      map.plan.push_back({known_text(fields[0]), known_text(fields[1]), static_cast<PlanKind>(in_.to_int(fields[2])),
                          in_.test(fields[3])});
    }
  }

  void add_stage(ParallelMap& map, std::uint32_t stage) {
    const std::uint32_t first = stage * sizes_.ranks_of_stage();
    std::vector<std::vector<Row>> ranks;
    for (std::uint32_t rank = 0; rank < sizes_.ranks_of_stage(); ++rank) {
      required(map, [&] { return call("distribute", {count(first + rank)}); });
      if (!map.raises.empty()) return;
      const std::vector<Value> told = items(required(map, [&] { return call("tell", {}); }), 3);
      ranks.push_back(rows_of(told[0]));
      const bool tells_all = in_.test(told[1]);
      if (forward_ && !few_) add_forward(map, first, tells_all ? 0 : rank, in_.test(told[2]), tells_all);
      call("put_back", {});
      if (tells_all) break;
    }
    map.stages.push_back(few_ ? with_all(stage_of(ranks)) : stage_of(ranks));
  }

  // On each rank that holds other parts than those before it.
  void follow_ranks(ParallelMap& map) {
    std::vector<std::uint32_t> followed;
    for (std::uint32_t rank = 0; rank < sizes_.ranks_of_stage(); ++rank) {
      if (std::any_of(followed.begin(), followed.end(), [&](std::uint32_t each) { return are_alike(map, each, rank); }))
        continue;
      followed.push_back(rank);
      required(map, [&] { return call("distribute", {count(rank)}); });
      if (!map.raises.empty()) return;
      add_forward(map, 0, rank, false, false);
      call("put_back", {});
    }
  }

  static bool are_alike(const ParallelMap& map, std::uint32_t rank, std::uint32_t other) {
    return std::ranges::all_of(map.stages.front(), [&](const ShardedTensor& tensor) {
      return std::ranges::equal(tensor.shape_on(rank), tensor.shape_on(other));
    });
  }

  // Of the rank that the model is on; where it tells of all ranks, of each that holds other parts than the first.
  void add_forward(ParallelMap& map, std::uint32_t first, std::uint32_t rank, bool are_alike, bool tells_all) {
    const std::uint32_t last = tells_all && !are_alike ? sizes_.ranks_of_stage() : rank + 1;
    for (; rank < last; ++rank) {
      call("become", {count(first + rank)});
      map.forward.push_back({first + rank, forward_of(evaluated_, *forward_)});
      Known<ForwardPass>& pass = map.forward.back().pass;
      const std::vector<Value> misread = items(call("misread", {}));
      for (std::size_t i = 0; pass && i < misread.size(); ++i) pass->misread.push_back(known_text(misread[i]));
      if (!pass || !pass->raises.empty()) return;
    }
  }

  static Value count(std::uint32_t size) { return Value::of(static_cast<std::int64_t>(size)); }

  Value stored_tensors() {
    if (stored_ == nullptr) return Value::none();
    python::Dict* dict = in_.dict();
    const Checkpoint& checkpoint = stored_->checkpoint;
    std::vector<std::uint32_t> rows(checkpoint.tensors.size());
    std::iota(rows.begin(), rows.end(), 0u);
    if (few_) rows = representative_rows(checkpoint, *few_);
    for (const std::uint32_t row : rows)
      python::dict_set(in_.arena, dict, in_.string(checkpoint.tensors[row].name), tensor_like(in_, checkpoint, row));
    return Value::of(dict);
  }

  Value stored_names() {
    if (stored_ == nullptr || stored_->loading == nullptr) return Value::none();
    python::Dict* dict = in_.dict();
    const auto add = [&](TensorId tensor, std::uint32_t stored) {
      if (few_ && few_->tensors[index(tensor)] != index(tensor)) return;
      python::dict_set(in_.arena, dict, in_.string(graph_.tensor(tensor).name),
                       in_.string(stored_->checkpoint.tensors[stored].name));
    };
    // What raises on one process for its size is put into the model of a rank.
    const Loading& loading = stored_->loading->compared ? *stored_->loading->compared : *stored_->loading;
    for (const MatchedKey& key : loading.matched) add(key.tensor, key.stored);
    for (const MismatchedKey& key : loading.mismatched) add(key.tensor, key.stored);
    return Value::of(dict);
  }

  // Whether the plan has a rule for one layer and not for another.
  bool names_numbers() {
    const python::Dict* plan = tensor_plan(evaluated_);
    if (plan == nullptr) return false;
    for (const python::Dict::Entry& entry : plan->entries) {
      if (!entry.key.is(Kind::kStr)) continue;
      for (const std::string_view part : components_of(entry.key.as<python::Str>()->view())) {
        if (is_index(part)) return true;
      }
    }
    return false;
  }

  Value modules() {
    if (!few_) return Value::none();
    python::List* names = in_.list();
    for (const std::string& name : few_->modules) names->items.push(in_.arena, in_.string(name));
    return Value::of(names);
  }

  std::vector<Value> items(const Value& iterable, std::size_t expected = 0) {
    python::List* list = in_.collect(iterable);
    std::vector<Value> values(list->items.begin(), list->items.end());
    if (expected != 0 && values.size() != expected) throw NotFollowed{"the answer has another form"};
    return values;
  }

  // Of one rank, whose cuts say what the others have; or of each.
  std::vector<ShardedTensor> stage_of(std::vector<std::vector<Row>>& ranks) {
    std::vector<ShardedTensor> tensors;
    for (std::size_t i = 0; i < ranks.front().size(); ++i) {
      Row& first = ranks.front()[i];
      first.tensor.layout = std::make_shared<const Layout>(layout_of(ranks, i));
      tensors.push_back(std::move(first.tensor));
    }
    return tensors;
  }

  Layout layout_of(const std::vector<std::vector<Row>>& ranks, std::size_t row) const {
    const Row& first = ranks.front()[row];
    Layout made = first.layout;
    made.dtypes = dtypes_of(ranks, row);
    if (const auto whole = whole_.find(first.tensor.name); whole != whole_.end() && !made.is_distributed)
      made.shape = graph_.tensors[whole->second].shape;
    for (std::uint32_t rank = 0; rank < sizes_.ranks_of_stage(); ++rank) {
      const std::vector<Row>& rows = ranks[ranks.size() == 1 ? 0 : rank];
      if (row >= rows.size() || rows[row].tensor.name != first.tensor.name)
        throw NotFollowed{"ranks have different tensors"};
      std::vector<std::int64_t> local = rows[row].layout.shape;
      for (const Cut& cut : rows[row].cuts) local[cut.dim] = local_size(local[cut.dim], cut, rank);
      if (local.size() != made.shape.size()) made.shape = local;
      made.local.insert(made.local.end(), local.begin(), local.end());
    }
    drop_if_whole(made);
    return made;
  }

  // Empty where all ranks have the same.
  static std::vector<Dtype> dtypes_of(const std::vector<std::vector<Row>>& ranks, std::size_t row) {
    std::vector<Dtype> dtypes;
    for (const std::vector<Row>& rows : ranks) {
      if (row < rows.size()) dtypes.push_back(rows[row].layout.dtype);
    }
    const bool are_alike = std::adjacent_find(dtypes.begin(), dtypes.end(), std::not_equal_to<>()) == dtypes.end();
    return are_alike ? std::vector<Dtype>() : dtypes;
  }

  // Every tensor of the graph, after the one that stands for it.
  std::vector<ShardedTensor> with_all(const std::vector<ShardedTensor>& few) const {
    std::vector<const ShardedTensor*> of_tensor(graph_.tensors.size());
    for (const ShardedTensor& tensor : few) {
      if (const auto at = whole_.find(tensor.name); at != whole_.end()) of_tensor[at->second] = &tensor;
    }
    std::vector<ShardedTensor> all;
    all.reserve(graph_.tensors.size());
    for (std::uint32_t i = 0; i < graph_.tensors.size(); ++i) {
      const Tensor& tensor = graph_.tensors[i];
      const ShardedTensor* found = of_tensor[few_->tensors[i]];
      if (found == nullptr) throw NotFollowed{"a tensor is gone"};
      const bool is_alias = found->is_alias || tensor.alias != TensorId::kNone;
      all.push_back({tensor.name, found->is_buffer, is_alias, found->layout});
    }
    return all;
  }

  void drop_if_whole(Layout& layout) const {
    for (std::uint32_t rank = 0; rank < sizes_.ranks_of_stage(); ++rank) {
      if (!std::ranges::equal(layout.shape_on(rank), layout.shape)) return;
    }
    layout.local.clear();
  }

  std::vector<Row> rows_of(const Value& rows) {
    std::vector<Row> made;
    for (const Value& row : items(rows)) {
      const std::vector<Value> fields = items(row, 7);
      if (!fields[1].is(Kind::kTensor) || !fields[1].as<python::Tensor>()->shape_known)
        throw NotFollowed{"the shape of a tensor is not known"};
      const auto* tensor = fields[1].as<python::Tensor>();
      auto& [of, layout, cuts] = made.emplace_back();
      of.name = known_text(fields[0]);
      of.is_buffer = in_.test(fields[2]);
      of.is_alias = in_.test(fields[3]);
      layout.dtype = tensor->dtype;
      layout.shape.assign(tensor->shape, tensor->shape + tensor->rank);
      layout.is_distributed = !fields[4].is_none();
      if (layout.is_distributed) cuts = cuts_of(fields[4], layout.shape.size());
      if (!fields[5].is_none()) layout.style = known_text(fields[5]);
      if (fields[6].is(Kind::kInt)) layout.unit = fields[6].integer;
    }
    return made;
  }

  std::vector<Cut> cuts_of(const Value& placements, std::size_t rank) {
    std::vector<Cut> cuts;
    for (const Value& each : items(placements)) {
      const std::vector<Value> fields = items(each, 4);
      const Cut made{static_cast<std::size_t>(in_.to_int(fields[0])), in_.to_int(fields[1]), in_.to_int(fields[2]),
                     in_.to_int(fields[3])};
      if (made.dim >= rank || made.parts < 1 || made.count < 1 || made.stride < 1)
        throw NotFollowed{"a tensor is cut along a dimension that it does not have"};
      cuts.push_back(made);
    }
    return cuts;
  }

  const ParallelSizes sizes_;
  const ModuleGraph& graph_;
  EvaluatedModel& evaluated_;
  const StoredWeights* stored_;
  const std::optional<ForwardQuestion>& forward_;
  Interpreter& in_;
  Value ranks_;
  std::unordered_map<std::string_view, std::uint32_t> whole_;  // tensors of the graph, less those that others stand for
  std::optional<Representatives> few_;                         // what is asked for; all where there is nothing
};

}  // namespace

bool has_tensor_plan(EvaluatedModel& evaluated) {
  const auto ended = run_phase([&] {
    const python::Dict* plan = tensor_plan(evaluated);
    return plan != nullptr && plan->live > 0;
  });
  const bool* has = std::get_if<bool>(&ended);
  return has != nullptr && *has;
}

Known<ParallelMap> distribute(const ParallelSizes& sizes, const ModuleGraph& graph, EvaluatedModel& evaluated,
                              const StoredWeights* stored, const std::optional<ForwardQuestion>& forward) {
  std::optional<Distribution> distribution;
  Known<ParallelMap> map = follow("how transformers distributes the model", [&] {
    return distribution.emplace(sizes, graph, evaluated, stored, forward).shards();
  });
  if (!map || !distribution->has_passes_left(*map)) return map;
  const std::optional<Stopped> stopped = stopped_by([&] { distribution->add_passes(*map); });
  if (stopped) map->forward.push_back({0, Unknown{reason_of(*stopped)}});
  return map;
}

}  // namespace ckptlint

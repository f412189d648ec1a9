// Hands a model to packages/parallel_loading.py, which calls the library, and reads how its tensors are cut.
#include "parallel/distribute.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/escape.h"
#include "graph/asking.h"
#include "graph/questions.h"
#include "library/host/embedded.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

constexpr const char* kModule = "_parallel_loading";

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

class Distribution {
 public:
  Distribution(const ParallelSizes& sizes, EvaluatedModel& evaluated, const std::optional<std::vector<std::string>>& missing)
      : sizes_(sizes), model_(evaluated.model), missing_(missing), in_(*evaluated.interpreter) {}

  ParallelMap run() {
    ParallelMap map{.sizes = sizes_, .raises = {}, .stages = {}, .plan = {}};
    in_.embedded_module(kModule, python::embedded_text("packages/parallel_loading.py"), false);
    const Answer<Value> answer = ask(in_, [&] {
      return in_.call(in_.import_name(kModule, "distribute"),
                      {model_, count(sizes_.tensor), count(sizes_.expert), count(sizes_.pipeline), missing()});
    });
    if (const Unknown* unknown = answer.unknown()) throw NotFollowed{unknown->why};
    if (const python::PyRaise* raised = answer.raised()) {
      map.raises = in_.describe(*raised);
      if (is_of_machine(map.raises))
        throw NotFollowed{fmt::format("{}{}", printable(map.raises), place_of(in_, raised->where))};
      return map;
    }
    const std::vector<Value> parts = items(*answer, 2);
    for (const Value& stage : items(parts[0])) map.stages.push_back(tensors_of(stage));
    for (const Value& rule : items(parts[1])) {
      const std::vector<Value> fields = items(rule, 4);
      map.plan.push_back({known_text(fields[0]), known_text(fields[1]), in_.test(fields[2]), in_.test(fields[3])});
    }
    return map;
  }

 private:
  static Value count(std::uint32_t size) { return Value::of(static_cast<std::int64_t>(size)); }

  Value missing() {
    if (!missing_) return Value::none();
    python::List* names = in_.list();
    for (const std::string& name : *missing_) names->items.push(in_.arena, in_.string(name));
    return Value::of(names);
  }

  std::vector<Value> items(const Value& iterable, std::size_t expected = 0) {
    python::List* list = in_.collect(iterable);
    std::vector<Value> values(list->items.begin(), list->items.end());
    if (expected != 0 && values.size() != expected) throw NotFollowed{"the answer has another form"};
    return values;
  }

  std::vector<ShardedTensor> tensors_of(const Value& rows) {
    std::vector<ShardedTensor> tensors;
    for (const Value& row : items(rows)) {
      const std::vector<Value> fields = items(row, 6);
      if (!fields[1].is(Kind::kTensor) || !fields[1].as<python::Tensor>()->shape_known)
        throw NotFollowed{"the shape of a tensor is not known"};
      const auto* tensor = fields[1].as<python::Tensor>();
      ShardedTensor& made = tensors.emplace_back();
      made.name = known_text(fields[0]);
      made.is_buffer = in_.test(fields[2]);
      made.is_alias = in_.test(fields[3]);
      made.dtype = tensor->dtype;
      made.shape.assign(tensor->shape, tensor->shape + tensor->rank);
      if (!fields[4].is_none()) cut(made, fields[4]);
      if (!fields[5].is_none()) made.style = known_text(fields[5]);
    }
    return tensors;
  }

  void cut(ShardedTensor& tensor, const Value& placements) {
    std::vector<Cut> cuts;
    for (const Value& each : items(placements)) {
      const std::vector<Value> fields = items(each, 4);
      const Cut made{static_cast<std::size_t>(in_.to_int(fields[0])), in_.to_int(fields[1]), in_.to_int(fields[2]),
                     in_.to_int(fields[3])};
      if (made.dim >= tensor.shape.size() || made.parts < 1 || made.count < 1 || made.stride < 1)
        throw NotFollowed{"a tensor is cut along a dimension that it does not have"};
      cuts.push_back(made);
    }
    if (cuts.empty()) return;
    for (std::uint32_t rank = 0; rank < sizes_.ranks_of_stage(); ++rank) {
      const std::size_t first = tensor.local.size();
      tensor.local.insert(tensor.local.end(), tensor.shape.begin(), tensor.shape.end());
      for (const Cut& each : cuts) {
        std::int64_t& extent = tensor.local[first + each.dim];
        extent = local_size(extent, each, rank);
      }
    }
  }

  const ParallelSizes sizes_;
  const Value model_;
  const std::optional<std::vector<std::string>>& missing_;
  Interpreter& in_;
};

}  // namespace

Known<ParallelMap> distribute(const ParallelSizes& sizes, EvaluatedModel& evaluated,
                              const std::optional<std::vector<std::string>>& missing) {
  auto ended = run_phase([&] { return Distribution(sizes, evaluated, missing).run(); });
  if (ParallelMap* made = std::get_if<ParallelMap>(&ended)) return std::move(*made);
  const Stopped& stopped = std::get<Stopped>(ended);
  const bool is_limit = stopped.by == Stopped::By::kLimit;
  return Unknown{
      fmt::format("how transformers distributes the model could not be followed: {}",
                  is_limit ? fmt::format("it takes more {} than the limit allows", stopped.what) : stopped.what)};
}

}  // namespace ckptlint

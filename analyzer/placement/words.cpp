// Says steps of a placement, and why a tensor was lost, in sentences.
#include "placement/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "placement/budget_text.h"

namespace ckptlint {
namespace {

std::string named(const ModuleGraph& graph, ModuleId module, TensorId tensor) {
  if (module != ModuleId::kNone) return index(module) == 0 ? "the whole model" : quoted_name(graph.module(module).name);
  return tensor == TensorId::kNone ? "nothing" : quoted_name(graph.tensor(tensor).name);
}

std::string key_of(const Tensor& tensor) {
  const std::size_t dot = tensor.name.rfind('.');
  return quoted_name(std::string_view(tensor.name).substr(dot == std::string::npos ? 0 : dot + 1));
}

std::string left(Bytes available) { return available > Bytes{} ? human_size(available) + " left" : "nothing left"; }

std::string dropped_text(const ModuleGraph& graph, const PlacementStep& step) {
  if (step.dropped.empty()) return "";
  std::string keys;
  for (const TensorId id : step.dropped) keys += (keys.empty() ? "" : ", ") + key_of(graph.tensor(id));
  return fmt::format(", and its {} {} {} dropped", step.dropped.size() == 1 ? "buffer" : "buffers", keys,
                     step.dropped.size() == 1 ? "is" : "are");
}

}  // namespace

std::string sentence_of(const ModuleGraph& graph, const PlacementStep& step) {
  const std::string who = named(graph, step.module, step.tensor);
  const std::string other = named(graph, step.other, step.other_tensor);
  const std::string device = name_of(step.device);
  const Bytes available = step.available.value_or(Bytes{});
  std::string reserve;
  if (step.reserved > Bytes{})
    reserve = fmt::format(" beside {} kept for the largest layer", human_size(step.reserved));
  const std::string misfit = fmt::format("{} does not fit on {}: needs {}, {}{}", who, device, human_size(step.needed),
                                         left(available), reserve);
  switch (step.kind) {
    case StepKind::kPlaced: {
      std::string along;
      for (const ModuleId id : step.tied_along)
        along += (along.empty() ? " with " : ", ") + named(graph, id, TensorId::kNone);
      if (!along.empty()) along += ", tied to it,";
      return fmt::format("{}{} goes to {}: {}{}", who, along, device, human_size(step.needed),
                         step.available ? fmt::format(", {}", left(available - step.needed)) : "");
    }
    case StepKind::kSplit:
      return misfit + "; it is split" + dropped_text(graph, step);
    case StepKind::kSplitTied:
      return fmt::format("{} does not fit on {} with what is tied to it: needs {}, {}{}; {} is split instead{}", who,
                         device, human_size(step.needed), left(available), reserve, other, dropped_text(graph, step));
    case StepKind::kNextDevice:
      return misfit + "; it cannot be split, so nothing more goes to " + device;
    case StepKind::kFellBack:
      return misfit + fmt::format("; as nothing is on {} yet, {} goes first", device, other);
    case StepKind::kTookApart:
      break;
  }
  return misfit + "; it is placed tensor by tensor, without what may stay without a device";
}

std::string sentence_of(const ModuleGraph& graph, const LostTensor& lost) {
  if (lost.cause == LossCause::kNotCovered) return "the map does not name it, nor a module that it is in";
  const std::string who = named(graph, lost.split, TensorId::kNone);
  std::string where = "is always taken apart";
  if (lost.device) {
    where = fmt::format("does not fit on {} (needs {}, {}) and is split", name_of(*lost.device),
                        human_size(lost.needed), left(lost.available));
  }
  switch (lost.cause) {
    case LossCause::kSharedName:
      return fmt::format("{} {}, and holds the same part under another name, which alone is placed", who, where);
    case LossCause::kLeftOut:
      return fmt::format("{} {} without it: it is one of the model's _no_placement_params", who, where);
    default:
      return fmt::format("{} {}, which drops its own buffers", who, where);
  }
}

}  // namespace ckptlint

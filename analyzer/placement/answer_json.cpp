// Writes placements, witnesses, comparisons and suggested maps as JSON, and maps in the form that people paste.
#include "placement/answer_json.h"

#include <fmt/format.h>

#include <string_view>

#include "base/json_text.h"
#include "placement/suggest.h"

namespace ckptlint {
namespace {

std::string quoted_json(std::string_view text) {
  std::string quoted;
  append_json_string(text, quoted);
  return quoted;
}

std::string device_json(Device device) {
  return device.kind == DeviceKind::kAccelerator ? name_of(device) : quoted_json(name_of(device));
}

std::string number_json(Bytes bytes) {
  return bytes.is_whole() ? fmt::format("{}", bytes.in_eighths() / 8) : fmt::format("{}", bytes.value());
}

std::string number_json(const std::optional<Bytes>& bytes) { return bytes ? number_json(*bytes) : "null"; }

template <typename List, typename Item>
std::string joined(const List& list, Item&& item) {
  std::string out = "[";
  for (const auto& each : list) {
    if (out.size() > 1) out += ',';
    out += item(each);
  }
  return out + "]";
}

std::string names_json(const ModuleGraph& graph, const std::vector<TensorId>& tensors) {
  return joined(tensors, [&](TensorId id) { return quoted_json(graph.tensor(id).name); });
}

std::string map_json(const DeviceMap& map) {
  return joined(map.entries, [](const DeviceMapEntry& e) {
    return fmt::format("[{},{}]", quoted_json(e.name), device_json(e.device));
  });
}

std::string notes_json(const PlacementNotes& notes) {
  std::string out;
  const auto add = [&](std::string_view name, const std::string& value) {
    out += fmt::format("{}\"{}\":{}", out.empty() ? "" : ",", name, value);
  };
  if (notes.offloaded_buffers) add("offloaded_buffer_bytes", number_json(*notes.offloaded_buffers));
  if (notes.tied_apart > 0) add("tied_apart", std::to_string(notes.tied_apart));
  if (!notes.minimum_memory.empty()) {
    add("minimum_memory", joined(notes.minimum_memory, [](const Budget& b) {
          return fmt::format("[\"{}\",{}]", name_of(b.device), number_json(b.bytes));
        }));
  }
  return out;
}

std::string_view step_name(StepKind kind) {
  switch (kind) {
    case StepKind::kPlaced:
      return "placed";
    case StepKind::kSplit:
      return "split";
    case StepKind::kSplitTied:
      return "split_tied";
    case StepKind::kNextDevice:
      return "next_device";
    case StepKind::kFellBack:
      return "fell_back";
    case StepKind::kTookApart:
      break;
  }
  return "took_apart";
}

std::string name_json(const ModuleGraph& graph, ModuleId module, TensorId tensor) {
  if (module != ModuleId::kNone) return quoted_json(graph.module(module).name);
  return tensor == TensorId::kNone ? "null" : quoted_json(graph.tensor(tensor).name);
}

std::string step_json(const ModuleGraph& graph, const PlacementStep& step) {
  std::string out =
      fmt::format("{{\"step\":\"{}\",\"device\":{},\"name\":{},\"needed\":{},\"available\":{},\"reserved\":{}",
                  step_name(step.kind), device_json(step.device), name_json(graph, step.module, step.tensor),
                  number_json(step.needed), number_json(step.available), number_json(step.reserved));
  if (step.other != ModuleId::kNone || step.other_tensor != TensorId::kNone)
    out += ",\"other\":" + name_json(graph, step.other, step.other_tensor);
  if (!step.tied_along.empty()) {
    out +=
        ",\"tied_along\":" + joined(step.tied_along, [&](ModuleId id) { return quoted_json(graph.module(id).name); });
  }
  if (!step.dropped.empty()) out += ",\"dropped\":" + names_json(graph, step.dropped);
  return out + "}";
}

std::string range_json(const BudgetRange& range) {
  return fmt::format("[{},{}]", number_json(range.from), number_json(range.to));
}

std::string witness_json(const ModuleGraph& graph, const Witness& witness) {
  const std::string losses = joined(witness.losses, [&](const LossRange& loss) {
    return fmt::format("{{\"from\":{},\"to\":{},\"lost\":{},\"spills\":{}}}", number_json(loss.budget.from),
                       number_json(loss.budget.to), names_json(graph, loss.lost), loss.spills);
  });
  return fmt::format(
      "{{\"devices\":{},\"searched\":{},\"losses\":{},\"crashes\":{},\"smallest_working\":{},\"safe_from\":{},\"complete\":{}}}",
      witness.devices, range_json(witness.searched), losses, joined(witness.crashes, range_json),
      number_json(witness.smallest_working), number_json(witness.safe_from), witness.complete);
}

}  // namespace

std::string answer_json(const ModuleGraph& graph, const Placement& placement, Flavour flavour) {
  std::string out = "{";
  if (placement.crash) {
    out += fmt::format("\"error\":{},\"where\":{}", quoted_json(placement.crash->exception),
                       quoted_json(placement.crash->function));
  } else {
    if (flavour == Flavour::kAccelerate) {
      out +=
          "\"balanced_memory\":" +
          joined(placement.targets,
                 [](const Budget& b) { return fmt::format("[{},{}]", device_json(b.device), number_json(b.bytes)); }) +
          ",";
    }
    out += "\"device_map\":" + map_json(placement.map);
    out += ",\"unplaced\":" +
           joined(placement.unplaced, [&](const LostTensor& l) { return quoted_json(graph.tensor(l.tensor).name); });
    if (const std::string notes = notes_json(placement.notes); !notes.empty()) out += ",\"notes\":{" + notes + "}";
  }
  if (!placement.trace.empty()) {
    out += ",\"trace\":" + joined(placement.trace, [&](const PlacementStep& step) { return step_json(graph, step); });
  }
  return out + "}";
}

std::string witnesses_json(const ModuleGraph& graph, const std::vector<Witness>& witnesses) {
  return "{\"witnesses\":" + joined(witnesses, [&](const Witness& witness) { return witness_json(graph, witness); }) +
         "}";
}

std::string suggestion_json(const SuggestedMap& suggested) {
  const std::string loads = joined(suggested.loads, [](const DeviceLoad& load) {
    return fmt::format("[{},{},{}]", device_json(load.device), number_json(load.used), number_json(load.budget));
  });
  const Balance balance = balance_of(suggested.loads);
  return fmt::format(
      "{{\"device_map\":{},\"loads\":{},\"balance\":{{\"emptiest\":{:.4f},\"fullest\":{:.4f},\"over_even_share\":{:.4f}}},\"spills\":{}}}",
      map_json(suggested.map), loads, balance.emptiest, balance.fullest, balance.over_even_share, suggested.spills);
}

std::string pasted_map(const DeviceMap& map) {
  std::string out = "{\n";
  for (std::size_t i = 0; i < map.entries.size(); ++i) {
    out += fmt::format("    {}: {}{}\n", quoted_json(map.entries[i].name), device_json(map.entries[i].device),
                       i + 1 < map.entries.size() ? "," : "");
  }
  return out + "}";
}

}  // namespace ckptlint

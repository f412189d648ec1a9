// The sections of what `ckptlint map` prints for people: devices, the map, losses, ties, warnings and ranges of
// budgets.
#include "commands/map_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/escape.h"
#include "ckptlint/names.h"
#include "placement/budget_ranges.h"
#include "placement/budget_text.h"
#include "placement/words.h"

namespace ckptlint {
namespace {

std::string budget_text(const std::optional<Bytes>& budget) {
  if (!budget) return "-";
  return *budget >= kMostBytes ? "no limit" : human_size(*budget);
}

constexpr std::size_t kMostRanges = 6;
constexpr std::size_t kMostNames = 4;

std::vector<std::string> tensor_names(const ModuleGraph& graph, const std::vector<TensorId>& tensors) {
  std::vector<std::string> names;
  names.reserve(tensors.size());
  for (const TensorId id : tensors) names.push_back(graph.tensor(id).name);
  return folded_names(names);
}

std::string loss_text(const ModuleGraph& graph, const Witness& witness, const LossRange& loss) {
  const std::vector<std::string> names = tensor_names(graph, loss.lost);
  std::string text =
      fmt::format("  {}: {} lost{}\n", range_text(witness.devices, loss.budget),
                  loss.lost.size() == 1 ? "1 tensor is" : fmt::format("{} tensors are", loss.lost.size()),
                  loss.spills ? "; with some of these, part of the model is on cpu or disk" : "");
  for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i)
    text += fmt::format("    {}\n", printable(names[i]));
  if (names.size() > kMostNames) text += "    ...\n";
  return text;
}

std::string over_budget_text(const std::vector<DeviceLoad>& loads) {
  std::string text;
  for (const DeviceLoad& load : loads) {
    if (load.budget && load.used > *load.budget)
      text += fmt::format("note: {} gets {} more than its budget, which no library looks at\n", name_of(load.device),
                          human_size(load.used - *load.budget));
  }
  return text;
}

std::string left_behind_text(const ModuleGraph& graph, const std::vector<LostTensor>& left_behind) {
  if (left_behind.empty()) return "";
  std::vector<std::string> names;
  names.reserve(left_behind.size());
  for (const LostTensor& each : left_behind) names.push_back(graph.tensor(each.tensor).name);
  const bool one = names.size() == 1;
  return fmt::format("note: the map does not name {}, which {} in no state dict and stay{} on the CPU\n",
                     printable(listed_names(names)), one ? "is" : "are", one ? "s" : "");
}

// Why a device with memory gets nothing: the step at which it was given up.
std::string empty_device_text(const ModuleGraph& graph, const Placement& placement, const DeviceLoad& load) {
  if (load.tensors > 0 || !load.budget || *load.budget <= Bytes{}) return "";
  for (const PlacementStep& step : placement.trace) {
    if (step.kind == StepKind::kNextDevice && step.device == load.device)
      return fmt::format("note: {} stays empty: {}\n", name_of(load.device), sentence_of(graph, step));
  }
  return "";
}

std::string tie_text(const TieApart& tie) {
  std::string text;
  for (std::size_t i = 0; i < tie.names.size(); ++i) {
    text += fmt::format("{}{} on {}",
                        i == 0                     ? ""
                        : i + 1 < tie.names.size() ? ", "
                                                   : " and ",
                        quoted_name(tie.names[i]), name_of(tie.devices[i]));
  }
  return fmt::format("note: tied, and on different devices: {}\n", text);
}

}  // namespace

std::string size_text(const ModuleGraph& graph, const ModelSize& size) {
  std::string text = fmt::format("{}: {}", quoted_name(graph.class_name), human_size(size.total));
  if (size.largest_module != ModuleId::kNone && index(size.largest_module) != 0) {
    const Module& largest = graph.module(size.largest_module);
    text += fmt::format("; the largest part that is never split has {}: {} ({})", human_size(size.largest_layer),
                        quoted_name(largest.name), printable(largest.class_name));
  }
  return text + "\n";
}

std::string loads_text(const std::vector<DeviceLoad>& loads, const ModelPicture& picture, const StripStyle& style) {
  const std::size_t bar = style.width + 2;
  const PictureSweep& sweep = picture.sweeps.front();
  std::string text = fmt::format("{:<8}{:>11}  {:>11}  {:<{}}  {:>11}  {:>9}\n", "device", "budget", "used", "", bar,
                                 "free", "tensors");
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const DeviceLoad& load = loads[i];
    const bool limited = load.budget && *load.budget < kMostBytes;
    // Its characters may take several bytes each, so that it is not for the formatter to fill up.
    const std::string strip = limited ? "[" + map_strip(picture, sweep, sweep.ranges.front(), i, 0, style) + "]" : "";
    text += fmt::format("{:<8}{:>11}  {:>11}  {}  {:>11}  {:>9}\n", name_of(load.device), budget_text(load.budget),
                        human_size(load.used), limited ? strip : std::string(bar, ' '),
                        limited ? human_size(*load.budget - load.used) : "", load.tensors);
  }
  return text;
}

std::string map_text(const DeviceMap& map) {
  std::string text;
  for (std::size_t begin = 0; begin < map.entries.size();) {
    std::size_t end = begin;
    std::vector<std::string> names;
    for (; end < map.entries.size() && map.entries[end].device == map.entries[begin].device; ++end)
      names.push_back(map.entries[end].name);
    std::string device = name_of(map.entries[begin].device);
    for (const std::string& name : folded_names(names)) {
      text += fmt::format("  {:<6}{}\n", device, name.empty() ? "the whole model" : printable(name));
      device.clear();
    }
    begin = end;
  }
  return text;
}

std::string balance_text(const Balance& balance) {
  const auto percent = [](double share) { return std::lround(share * 100); };
  if (percent(balance.emptiest) == percent(balance.fullest))
    return fmt::format("balance: every device is filled to {} %\n", percent(balance.fullest));
  return fmt::format(
      "balance: the devices are filled to between {} and {} %; the largest load is {} % of an even share\n",
      percent(balance.emptiest), percent(balance.fullest), percent(balance.over_even_share));
}

std::string losses_text(const ModuleGraph& graph, const std::vector<LostTensor>& lost, const char* consequence) {
  // Tensors that are lost for one reason together: the same cause, at the same kind of place.
  std::string text;
  std::set<std::size_t> said;
  const auto alike = [&](const LostTensor& a, const LostTensor& b) {
    return a.cause == b.cause && a.split == b.split && a.device == b.device;
  };
  for (std::size_t i = 0; i < lost.size(); ++i) {
    if (!said.insert(i).second) continue;
    std::vector<TensorId> group = {lost[i].tensor};
    for (std::size_t j = i + 1; j < lost.size() && lost[i].cause != LossCause::kNotCovered && alike(lost[i], lost[j]);
         ++j) {
      said.insert(j);
      group.push_back(lost[j].tensor);
    }
    if (lost[i].cause == LossCause::kNotCovered) {
      for (std::size_t j = i + 1; j < lost.size(); ++j) {
        said.insert(j);
        group.push_back(lost[j].tensor);
      }
    }
    for (const std::string& name : tensor_names(graph, group)) text += fmt::format("  {}\n", printable(name));
    text += fmt::format("    {}\n", sentence_of(graph, lost[i]));
  }
  return text.empty()
             ? text
             : fmt::format("{} without a device{}:\n",
                           lost.size() == 1 ? "1 tensor" : fmt::format("{} tensors", lost.size()), consequence) +
                   text;
}

// Those that stop loading, and those that the class itself leaves out, of which the library asks no device.
std::string losses_text(const ModuleGraph& graph, const std::vector<LostTensor>& lost) {
  std::vector<LostTensor> left_out, others;
  for (const LostTensor& each : lost) (each.cause == LossCause::kLeftOut ? left_out : others).push_back(each);
  return losses_text(graph, others, ", on which loading stops") +
         losses_text(graph, left_out, ", which loading does not ask for");
}

std::string notes_text(const ModuleGraph& graph, const Placement& placement) {
  std::string text;
  for (const DeviceMapEntry& entry : placement.map.entries) {
    if (entry.module == ModuleId::kNone && entry.tensor == TensorId::kNone)
      text += fmt::format("note: {} names nothing in the model\n", quoted_name(entry.name));
  }
  text += over_budget_text(placement.loads);
  text += left_behind_text(graph, placement.left_behind);
  const PlacementNotes& notes = placement.notes;
  for (const DeviceLoad& load : placement.loads) text += empty_device_text(graph, placement, load);
  if (notes.offloaded_buffers) {
    text += fmt::format(
        "note: buffers of offloaded layers take {}, which fits in what is left of no accelerator; "
        "offload_buffers=True avoids it\n",
        human_size(*notes.offloaded_buffers));
  }
  for (const TieApart& tie : placement.ties_apart) text += tie_text(tie);
  return text;
}

std::string crash_text(const LibraryCrash& crash) {
  return fmt::format("error: the library ends in {} (in `{}`): {}\n", crash.exception, crash.function,
                     printable(crash.reason));
}

std::string trace_text(const ModuleGraph& graph, const std::vector<PlacementStep>& trace) {
  std::string text;
  for (const PlacementStep& step : trace) text += "  " + sentence_of(graph, step) + "\n";
  return text;
}

std::string witnesses_text(const ModuleGraph& graph, const std::vector<Witness>& witnesses) {
  std::string text;
  for (const Witness& witness : witnesses) {
    text += fmt::format("{} {}: ", witness.devices, witness.devices == 1 ? "device" : "devices");
    text += witness.smallest_working
                ? fmt::format("{} each is the least that holds everything\n", human_size(*witness.smallest_working))
                : "no budget puts everything on them without a loss\n";
    for (std::size_t i = 0; i < std::min(witness.losses.size(), kMostRanges); ++i)
      text += loss_text(graph, witness, witness.losses[i]);
    if (witness.losses.size() > kMostRanges) {
      const LossRange& last = witness.losses.back();
      text += fmt::format("  and in {} ranges more, the last of them {}\n", witness.losses.size() - kMostRanges,
                          range_text(witness.devices, last.budget));
    }
    for (const BudgetRange& crash : witness.crashes)
      text += fmt::format("  {}: the library ends in an exception\n", range_text(witness.devices, crash));
    if (!witness.complete)
      text += fmt::format("  not searched beyond {}\n", human_size(witness.searched.to.value_or(Bytes{})));
  }
  return text;
}

}  // namespace ckptlint

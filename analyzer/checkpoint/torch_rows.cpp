// Turns the state of a pickled file into rows of a weight file, and reports what in the pickle is unsafe or is no
// state dict.
#include "checkpoint/torch_rows.h"

#include <fmt/format.h>

#include <memory>

#include "base/byte_text.h"
#include "base/checked.h"
#include "base/escape.h"
#include "checkpoint/registered_names.h"

namespace ckptlint {
namespace {

// Modules whose functions a pickle has no honest use for.
bool is_dangerous(std::string_view name) {
  for (const std::string_view module : {"os.",
                                        "posix.",
                                        "nt.",
                                        "sys.",
                                        "subprocess.",
                                        "socket.",
                                        "shutil.",
                                        "runpy.",
                                        "importlib.",
                                        "pty.",
                                        "builtins.eval",
                                        "builtins.exec",
                                        "builtins.compile",
                                        "builtins.__import__",
                                        "builtins.open",
                                        "builtins.getattr",
                                        "webbrowser.",
                                        "ctypes.",
                                        "commands.",
                                        "requests.",
                                        "urllib.",
                                        "codecs.",
                                        "pickle.",
                                        "torch.load"}) {
    if (name.starts_with(module)) return true;
  }
  return false;
}

void check_top(const TorchState& state, std::uint64_t offset, DefectLog& log) {
  if (!state.instead_of_dict.empty()) {
    log.add(
        DefectKind::kWrongFormat, true, offset, "",
        fmt::format("the file holds {}, where from_pretrained needs a dict of tensors by name", state.instead_of_dict));
  } else if (state.other_keys > 0) {
    log.add(DefectKind::kWrongFormat, true, offset, "",
            fmt::format("{} of the dict that the file holds {} no text, the first of "
                        "them {}: from_pretrained needs a dict of tensors by name",
                        counted(state.other_keys, "key"), state.other_keys == 1 ? "is" : "are", state.first_other_key));
  } else if (!state.nested_under.empty()) {
    log.add(DefectKind::kNestedState, false, offset, "",
            fmt::format("the tensors are not at the top of the file but under {}, where from_pretrained does not look",
                        quoted_name(state.nested_under)));
  } else if (state.tensors.empty() && !state.storages.empty() && state.unlisted.empty() && state.damaged.empty()) {
    log.add(DefectKind::kNestedState, false, offset, "",
            fmt::format("no tensor is at the top of the file, where from_pretrained "
                        "looks, nor one level below: its {} lie{} deeper",
                        counted(state.storages.size(), "storage"), state.storages.size() == 1 ? "s" : ""));
  }
}

}  // namespace

void check_pickle(const Pickle& pickle, std::uint64_t offset, DefectLog& log, WeightFile& file) {
  for (const PickleGlobal& global : pickle.globals()) {
    if (is_allowed_global(global.name)) continue;
    if (registration_of(global.name) != nullptr) {
      file.registered.push_back({offset + global.offset, global.name});
      continue;
    }
    log.add(DefectKind::kPickleCall, true, offset + global.offset, "",
            fmt::format("the pickle names {}, which torch.load refuses with `weights_only=True`{}",
                        quoted_name(global.name),
                        is_dangerous(global.name) ? " and which can run anything without it" : ""));
  }
  if (!pickle.root()) {
    log.add(DefectKind::kPickleSyntax, true, offset + pickle.size(), "",
            fmt::format("the pickle cannot be read: {}", pickle.problem()));
  } else if (pickle.unusual_instruction()) {
    log.add(DefectKind::kPickleSyntax, true, offset + *pickle.unusual_instruction(), "",
            "the pickle has an instruction that torch.load refuses with `weights_only=True`: it was not made by "
            "torch.save, or with another protocol than 2");
  }
}

void check_state(const TorchState& state, std::uint64_t offset, DefectLog& log) {
  check_top(state, offset, log);
  if (state.too_many) {
    log.add(DefectKind::kTooManyTensors, false, offset, "",
            fmt::format("the pickle has more than {} tensors; the rest was not read", state.tensors.size()));
  }
  for (const std::string& name : state.damaged) {
    log.add(DefectKind::kPickleSyntax, true, offset, name,
            fmt::format("{} is a tensor whose parts do not make one", quoted_name(name)));
  }
  for (const TorchTensor& tensor : state.tensors) {
    if (tensor.inside_storage) continue;
    log.add(DefectKind::kOffsets, true, offset, tensor.name,
            fmt::format("{} reaches beyond the end of its storage", quoted_name(tensor.name)));
  }
  for (const std::string& name : state.sparse) {
    log.add(DefectKind::kPickleSyntax, true, offset, name,
            fmt::format("{} is a sparse tensor, which from_pretrained cannot put into a model", quoted_name(name)));
  }
  for (const auto& [name, function] : state.unlisted) {
    log.add(
        DefectKind::kPickleSyntax, true, offset, name,
        fmt::format("{} is a tensor made by {}, which is not listed and which from_pretrained cannot put into a model",
                    quoted_name(name), quoted_name(function)));
  }
}

void append_rows(const TorchState& state, const StoragePlaces& places, WeightFile& file) {
  std::size_t length = 0;
  for (const TorchTensor& tensor : state.tensors) length += tensor.name.size();
  auto names = std::make_shared<std::string>();
  names->reserve(length);
  for (const TorchTensor& tensor : state.tensors) {
    StoredTensor row;
    const std::size_t name_begin = names->size();
    names->append(tensor.name);
    row.name = std::string_view(*names).substr(name_begin);
    row.type_name = tensor.type_name;
    row.dtype = tensor.dtype;
    row.first_extent = static_cast<std::uint32_t>(file.extents.size());
    row.rank = static_cast<std::uint8_t>(tensor.shape.size());
    file.extents.insert(file.extents.end(), tensor.shape.begin(), tensor.shape.end());
    const auto item = static_cast<std::uint64_t>(bits(tensor.dtype) / 8);
    const auto elements = element_count(tensor.shape);
    const std::uint64_t bytes = elements ? checked_multiply(*elements, item).value_or(0) : 0;
    const bool stored = tensor.storage != TorchTensor::kNoStorage;
    const auto place = stored ? places[tensor.storage] : std::nullopt;
    const auto skipped = checked_multiply(tensor.offset, item);
    const auto begin = place && skipped ? checked_add(*place, *skipped) : std::nullopt;
    const auto end = begin ? checked_add(*begin, bytes) : std::nullopt;
    row.direct = end && tensor.contiguous && tensor.inside_storage;
    row.begin = row.direct ? *begin : 0;
    row.end = row.direct ? *end : tensor.sparse_bytes.value_or(tensor.wrapped_bytes.value_or(bytes));
    row.storage = stored ? tensor.storage : StoredTensor::kOwnStorage;
    file.tensors.push_back(row);
  }
  file.texts.push_back(std::move(names));
}

}  // namespace ckptlint

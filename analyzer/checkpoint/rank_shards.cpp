// Recognises the checkpoints of torch.distributed (as FSDP of accelerate 1.15 saves them), DeepSpeed ZeRO, verl 0.9.1
// and Megatron-LM, and states of the Trainer, by the names of their files.
#include "checkpoint/rank_shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace ckptlint {
namespace {

constexpr std::size_t kMostFolders = 200;
constexpr std::string_view kReadsNothing = "of which from_pretrained reads nothing";

bool any_name(const std::vector<std::string>& names, std::string_view begin, std::string_view end) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    return name.size() >= begin.size() + end.size() && name.starts_with(begin) && name.ends_with(end);
  });
}

// "2" in "model_world_size_2_rank_0.pt"
std::string world_size(std::string_view name) {
  constexpr std::string_view kLead = "model_world_size_";
  if (!name.starts_with(kLead) || !name.ends_with(".pt")) return "";
  const std::string_view rest = name.substr(kLead.size());
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  return rest.substr(digits).starts_with("_rank_") ? std::string(rest.substr(0, digits)) : "";
}

std::optional<RankShards> of_verl(const std::vector<std::string>& root) {
  for (const std::string& name : root) {
    const std::string size = world_size(name);
    if (size.empty()) continue;
    return RankShards{
        name, fmt::format("is a shard, one of {}, of those that verl saves of a model under FSDP, {}: `python -m "
                          "verl.model_merger merge --backend fsdp --local_dir . --target_dir MERGED` "
                          "makes weights of them",
                          size, kReadsNothing)};
  }
  return std::nullopt;
}

std::optional<RankShards> of_torch_distributed(const std::string& folder, const std::vector<std::string>& names) {
  const auto part =
      std::find_if(names.begin(), names.end(), [](std::string_view name) { return name.ends_with(".distcp"); });
  const bool is_described = std::find(names.begin(), names.end(), ".metadata") != names.end();
  if (part == names.end() || !is_described || folder.starts_with("optimizer")) return std::nullopt;
  const bool in_root = folder.empty();
  const std::string place = in_root ? "." : folder;
  const std::string merge =
      folder.starts_with("pytorch_model_fsdp")
          ? fmt::format("accelerate merge-weights {} MERGED", place)
          : fmt::format("python -m torch.distributed.checkpoint.format_utils dcp_to_torch {} MERGED.pt", place);
  return RankShards{in_root ? *part : folder,
                    fmt::format("is a {}checkpoint of torch.distributed, in the parts of its ranks, {}: `{}` makes "
                                "weights of it",
                                in_root ? "part of a " : "", kReadsNothing, merge)};
}

std::optional<RankShards> of_deepspeed(const FileTree& repo, const std::string& folder,
                                       const std::vector<std::string>& names) {
  if (!any_name(names, "", "_optim_states.pt") && !any_name(names, "", "_model_states.pt")) return std::nullopt;
  const bool has_script = repo.is_file("zero_to_fp32.py");
  return RankShards{
      folder.empty() ? "." : folder,
      fmt::format("is a checkpoint of DeepSpeed ZeRO, in the parts of its ranks, {}: `python {} . MERGED` "
                  "makes weights of it",
                  kReadsNothing, has_script ? "zero_to_fp32.py" : "-m deepspeed.utils.zero_to_fp32")};
}

std::optional<RankShards> of_megatron(const std::string& folder, const std::vector<std::string>& names) {
  const bool is_iteration = any_name(names, "mp_rank_", "") || any_name(names, "model_optim_rng.pt", "");
  if (!is_iteration) return std::nullopt;
  return RankShards{folder.empty() ? "." : folder,
                    fmt::format("is a checkpoint of Megatron-LM, in the parts of its ranks, {}: the exporter of the "
                                "framework that wrote it makes weights of it",
                                kReadsNothing)};
}

std::optional<RankShards> of_trainer(const std::vector<std::string>& root) {
  constexpr std::array<std::string_view, 5> kStates = {"optimizer.pt", "optimizer.bin", "scheduler.pt", "scheduler.bin",
                                                       "trainer_state.json"};
  for (const std::string_view name : kStates) {
    if (std::find(root.begin(), root.end(), name) == root.end()) continue;
    return RankShards{std::string(name),
                      "is the state of a training run, and the weights that belong to it are not here"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<RankShards> rank_shards(const FileTree& repo) {
  const std::vector<std::string> root = repo.list("");
  if (auto found = of_verl(root)) return found;
  std::vector<std::string> folders = {""};
  for (const std::string& name : root) {
    if (folders.size() < kMostFolders && repo.is_folder(name)) folders.push_back(name);
  }
  for (const std::string& folder : folders) {
    const std::vector<std::string> names = folder.empty() ? root : repo.list(folder);
    if (auto found = of_torch_distributed(folder, names)) return found;
    if (auto found = of_deepspeed(repo, folder, names)) return found;
    if (auto found = of_megatron(folder, names)) return found;
  }
  return of_trainer(root);
}

}  // namespace ckptlint

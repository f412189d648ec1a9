// Finds the sets of weights in a repo, in the order in which from_pretrained looks for them, and says why it takes
// none of the others.
#include "checkpoint/weight_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "base/escape.h"
#include "base/json_cursor.h"
#include "base/paths.h"
#include "checkpoint/file_magic.h"

namespace ckptlint {
namespace {

constexpr std::string_view kOfTransformers[] = {"model.safetensors", "model.safetensors.index.json",
                                                "pytorch_model.bin", "pytorch_model.bin.index.json"};
// An index of pickles it takes with `use_safetensors=False` alone.
constexpr std::string_view kOfDiffusers[] = {"diffusion_pytorch_model.safetensors.index.json",
                                             "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"};

bool is_index_name(std::string_view name) {
  return name.find(".safetensors.index.") != std::string_view::npos ||
         name.find(".bin.index.") != std::string_view::npos;
}

// "model-00002-of-00005.safetensors": number 2 of 5 of the family "model-?-of-00005.safetensors"
struct ShardName {
  std::string family;
  std::uint64_t number = 0;
  std::uint64_t count = 0;
};

std::optional<ShardName> shard_name(std::string_view name) {
  constexpr std::size_t kMostDigits = 9;
  const std::size_t of = name.find("-of-");
  if (of == std::string_view::npos || promised_format(name) == WeightFormat::kUnknown) return std::nullopt;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t begin = of;
  while (begin > 0 && is_digit(name[begin - 1])) --begin;
  std::size_t end = of + 4;
  while (end < name.size() && is_digit(name[end])) ++end;
  if (begin == of || end == of + 4 || of - begin > kMostDigits || end - of - 4 > kMostDigits) return std::nullopt;
  ShardName result;
  for (const char c : name.substr(begin, of - begin))
    result.number = result.number * 10 + static_cast<std::uint64_t>(c - '0');
  for (const char c : name.substr(of + 4, end - of - 4))
    result.count = result.count * 10 + static_cast<std::uint64_t>(c - '0');
  result.family = fmt::format("{}?{}", name.substr(0, begin), name.substr(of));
  return result;
}

// The numbers that shards of one family have, and how many there should be.
struct ShardNumbers {
  std::set<std::uint64_t> present;
  std::uint64_t count = 0;
};

// Nothing where `names` are none, or not all of one family.
std::optional<ShardNumbers> one_family(const std::vector<std::string>& names) {
  ShardNumbers numbers;
  std::string family;
  for (const std::string& name : names) {
    const auto parsed = shard_name(name);
    if (!parsed || (!numbers.present.empty() && parsed->family != family)) return std::nullopt;
    family = parsed->family;
    numbers.count = parsed->count;
    numbers.present.insert(parsed->number);
  }
  return names.empty() ? std::nullopt : std::optional(std::move(numbers));
}

WeightFormat format_of(std::string_view name) {
  if (!is_index_name(name)) return promised_format(name);
  return name.find(".safetensors.index.") != std::string_view::npos ? WeightFormat::kSafetensors
                                                                    : WeightFormat::kTorchZip;
}

constexpr std::string_view kVariant = "a variant, which is loaded only where `variant` names it";

// "fp16" in "model.fp16.safetensors", "model.safetensors.index.fp16.json" and "model.fp16.safetensors.index.json"
std::string variant_of(std::string_view name) {
  std::string variant;
  std::size_t end = name.find('.');
  while (end != std::string_view::npos) {
    const std::size_t begin = end + 1;
    end = name.find('.', begin);
    const std::string_view part = name.substr(begin, end - begin);
    if (end == std::string_view::npos || part == "safetensors" || part == "bin" || part == "index") continue;
    if (!variant.empty()) variant += '.';
    variant += part;
  }
  return variant;
}

bool is_sharded_pickle_of_diffusers(std::string_view file) {
  return file.starts_with("diffusion_pytorch_model.bin.index.");
}

// Why from_pretrained never comes to a file by itself; empty for files that are no weights.
std::string why_passed_over(std::string_view name, bool of_diffusers) {
  const std::string_view file = name.substr(name.rfind('/') + 1);
  if (file.starts_with("adapter_model.")) return "an adapter, which is loaded on top of a base model";
  if (is_index_name(file) || promised_format(file) != WeightFormat::kUnknown) {
    if (shard_name(file)) return "";
    if (file.ends_with(".gguf"))
      return of_diffusers ? "GGUF is loaded by `from_single_file` alone"
                          : "GGUF is loaded only where `gguf_file` names it";
    if (file == "training_args.bin" || file == "optimizer.pt" || file == "scheduler.pt" || file == "optimizer.bin" ||
        file == "scheduler.bin" || file.starts_with("rng_state")) {
      return "";
    }
    if (is_sharded_pickle_of_diffusers(file)) {
      return "pickled shards, which diffusers reads only where `use_safetensors=False` is given";
    }
    const bool has_name = file.starts_with("model.") || file.starts_with("pytorch_model.") ||
                          file.starts_with("diffusion_pytorch_model.");
    if (has_name && !variant_of(file).empty()) return std::string(kVariant);
    return "its name is none that from_pretrained looks for";
  }
  return "";
}

// The weights of a graph that lies beside them: raw values, no pickle.
bool is_of_openvino(const FileTree& repo, std::string_view path) {
  return path.ends_with(".bin") && repo.is_file(fmt::format("{}xml", path.substr(0, path.size() - 3)));
}

void append_other_sets_in(const std::string& folder, const FileTree& repo, std::vector<WeightSet>& sets) {
  constexpr std::size_t kMostSets = 100;
  const std::size_t most = sets.size() + kMostSets;
  const bool of_diffusers = is_of_diffusers(repo);
  for (const std::string& name : repo.list(folder)) {
    if (sets.size() == most) return;
    const std::string path = joined_path(folder, name);
    const bool known = std::any_of(sets.begin(), sets.end(), [&](const WeightSet& set) { return set.entry == path; });
    const std::string why = known ? "" : why_passed_over(path, of_diffusers);
    if (why.empty() || !repo.is_file(path) || is_of_openvino(repo, path)) continue;
    sets.push_back({path, format_of(name), is_index_name(name), false, false, why});
    if (why == kVariant && folder.empty()) sets.back().variant = variant_of(name);
  }
}

// Those of the names that are there: from_pretrained takes the first, where none stands before it.
void append_sets(const FileTree& repo, std::span<const std::string_view> names, std::vector<WeightSet>& sets) {
  for (const std::string_view name : names) {
    if (!repo.is_file(name) || (!sets.empty() && name == sets[0].entry)) continue;
    const bool first = sets.empty();
    const std::string why = first ? "the first of the names that from_pretrained looks for"
                                  : fmt::format("passed over for {}", quoted_name(sets[0].entry));
    sets.push_back({std::string(name), format_of(name), is_index_name(name), first, false, why});
  }
}

}  // namespace

std::vector<WeightSet> find_weight_sets(const FileTree& repo, std::string_view explicit_name) {
  std::vector<WeightSet> sets;
  if (!explicit_name.empty() && is_plain_path(explicit_name)) {
    sets.push_back({std::string(explicit_name), format_of(explicit_name), explicit_name.ends_with(".index.json"), true,
                    false, "`transformers_weights` in config.json names it"});
  }
  append_sets(repo, kOfTransformers, sets);
  return sets;
}

std::vector<WeightSet> find_diffusers_sets(const FileTree& repo) {
  std::vector<WeightSet> sets;
  append_sets(repo, kOfDiffusers, sets);
  return sets;
}

std::set<std::string> variants_in(const FileTree& repo, const std::string& folder) {
  std::set<std::string> variants;
  for (const std::string& name : repo.list(folder)) {
    // Of shards, the index is named by the variant alone.
    const bool is_weights =
        is_index_name(name) || (promised_format(name) != WeightFormat::kUnknown && !shard_name(name));
    if (!is_weights || !repo.is_file(joined_path(folder, name))) continue;
    if (std::string variant = variant_of(name); !variant.empty() && variant.find("-of-") == std::string::npos)
      variants.insert(std::move(variant));
  }
  return variants;
}

bool has_weights(const FileTree& repo, const std::string& folder) {
  const std::vector<std::string> names = repo.list(folder);
  return std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return is_index_name(name) || promised_format(name) != WeightFormat::kUnknown;
  });
}

bool is_looked_for(std::string_view entry) {
  return std::ranges::count(kOfTransformers, entry) + std::ranges::count(kOfDiffusers, entry) != 0;
}

void append_other_sets(const FileTree& repo, std::vector<WeightSet>& sets) {
  append_other_sets_in("", repo, sets);
  append_other_sets_in("original", repo, sets);
}

std::vector<std::string> weight_files(const FileTree& repo) {
  constexpr std::size_t kMostFiles = 64;
  std::vector<std::string> files;
  for (const std::string& name : repo.list("")) {
    const bool weights = shard_name(name).has_value() || !why_passed_over(name, false).empty();
    if (!weights || is_index_name(name) || !repo.is_file(name) || is_of_openvino(repo, name)) continue;
    if (files.size() < kMostFiles) files.push_back(name);
  }
  return files;
}

std::vector<std::string> unreadable_entries(const FileTree& repo, const std::function<bool(std::string_view)>& known) {
  constexpr std::size_t kMostEntries = 100;
  std::vector<std::string> found;
  for (const std::string& name : repo.list("")) {
    const bool weights = is_index_name(name) || promised_format(name) != WeightFormat::kUnknown;
    if (weights && !known(name) && !repo.is_file(name) && !repo.is_folder(name) && found.size() < kMostEntries)
      found.push_back(name);
  }
  return found;
}

std::vector<std::pair<std::string, std::string>> passed_over(const FileTree& repo) {
  constexpr std::size_t kMostEntries = 100;
  constexpr std::string_view kIncomplete = ".incomplete";
  std::vector<std::pair<std::string, std::string>> found;
  for (const std::string& name : repo.list("")) {
    std::string why;
    if (name == "tf_model.h5" || name == "tf_model.h5.index.json") {
      why = "has TensorFlow's weights, which transformers 5 does not read, and 4 with `from_tf=True` alone";
    } else if (name == "flax_model.msgpack" || name == "flax_model.msgpack.index.json") {
      why = "has Flax's weights, which transformers 5 does not read, and 4 with `from_flax=True` alone";
    } else if (is_of_openvino(repo, name)) {
      why = "has the weights of a graph of OpenVINO, which optimum loads and from_pretrained does not";
    } else if (name.ends_with(kIncomplete) &&
               promised_format(name.substr(0, name.size() - kIncomplete.size())) != WeightFormat::kUnknown) {
      why = "is a download that did not come to its end";
    } else if (is_looked_for(name) && repo.is_folder(name)) {
      why = "is a folder, where from_pretrained looks for a file";
    }
    if (!why.empty() && found.size() < kMostEntries) found.emplace_back(name, std::move(why));
  }
  return found;
}

namespace {

// Gives `take` the fields of config.json, each as (name, value's text where it is a string, else null); false where
// there is no config that can be read, or `wanted` does not stand in it anywhere.
template <typename Take>
bool read_fields(const FileTree& repo, std::string_view wanted, const Take& take) {
  const Result<std::string> text = repo.is_file("config.json") ? repo.read("config.json", 16u << 20) : Error{};
  if (!text || text->find(wanted) == std::string::npos) return false;
  JsonCursor config(*text);
  if (config.next() != JsonToken::kObject) return false;
  for (JsonToken token = config.next(); token != JsonToken::kObjectEnd; token = config.next()) {
    if (token != JsonToken::kKey) return false;
    const std::string name(config.string());
    const JsonToken value = config.next();
    const std::string string = value == JsonToken::kString ? std::string(config.string()) : "";
    take(name, value == JsonToken::kString ? &string : nullptr);
    if (!config.skip_rest(value)) return false;
  }
  return config.next() == JsonToken::kEnd;
}

}  // namespace

bool is_of_diffusers(const FileTree& repo) {
  constexpr std::string_view kClass = "_class_name";
  bool has_class = false, has_mark = false, has_type = false;
  const bool is_read = read_fields(repo, kClass, [&](const std::string& name, const std::string* text) {
    has_class |= name == kClass && text != nullptr;
    has_mark |= name == "_diffusers_version";
    has_type |= name == "model_type";
  });
  return is_read && has_class && (has_mark || !has_type);
}

std::string explicit_weights(const FileTree& repo) {
  constexpr std::string_view kNames = "transformers_weights";
  std::string weights;
  const bool is_read = read_fields(repo, kNames, [&](const std::string& name, const std::string* text) {
    if (name == kNames) weights = text == nullptr ? "" : *text;
  });
  return is_read ? weights : "";
}

std::vector<std::uint64_t> missing_shard_numbers(const std::vector<std::string>& names) {
  const auto family = one_family(names);
  std::vector<std::uint64_t> missing;
  for (std::uint64_t i = 1; family && i <= family->count && missing.size() < kMostMissingNumbers; ++i) {
    if (!family->present.contains(i)) missing.push_back(i);
  }
  return missing;
}

bool are_all_shards(const std::vector<std::string>& names) {
  return one_family(names).has_value() && missing_shard_numbers(names).empty();
}

std::vector<std::string> stray_shards(const FileTree& repo, const std::vector<std::string>& shards) {
  std::vector<std::string> strays;
  if (!one_family(shards)) return strays;
  const std::size_t slash = shards[0].rfind('/');
  const std::string folder = slash == std::string::npos ? "" : shards[0].substr(0, slash);
  const std::string family = shard_name(shards[0])->family;
  for (const std::string& name : repo.list(folder)) {
    std::string path = joined_path(folder, name);
    const auto parsed = shard_name(path);
    const bool stray = parsed && parsed->family == family && !std::binary_search(shards.begin(), shards.end(), path);
    if (stray && repo.is_file(path)) strays.push_back(std::move(path));
  }
  return strays;
}

std::vector<std::string> shards_without_index(const FileTree& repo) {
  std::map<std::string, std::vector<std::string>> families;
  for (const std::string& name : repo.list("")) {
    const auto parsed = shard_name(name);
    if (parsed && repo.is_file(name)) families[parsed->family].push_back(name);
  }
  return families.empty() ? std::vector<std::string>() : families.begin()->second;
}

}  // namespace ckptlint

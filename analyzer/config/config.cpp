// Reads config.json, generation_config.json and the tokenizer's files: the class, the code, the numbers of layers and
// tokens.
#include "config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "base/file_limits.h"
#include "base/json_cursor.h"
#include "base/json_document.h"
#include "checkpoint/weight_sets.h"
#include "ckptlint/quantization_methods.h"
#include "config/auto_map.h"
#include "config/library_names.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostNumbers = 2000;
constexpr std::size_t kMostTokens = 100'000;

std::string string_of(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

std::optional<std::int64_t> whole_number(const Json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  return value.get<std::int64_t>();
}

std::optional<std::int64_t> whole_number(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it == object.end() ? std::nullopt : whole_number(*it);
}

std::vector<std::string> strings_of(const Json& object, const char* key) {
  std::vector<std::string> found;
  const auto it = object.find(key);
  if (it == object.end() || !it->is_array()) return found;
  for (const Json& item : *it) {
    if (item.is_string()) found.push_back(item.get<std::string>());
  }
  return found;
}

std::optional<Json> object_in(const FileTree& repo, const char* path, std::uint64_t longest) {
  if (!repo.is_file(path)) return std::nullopt;
  const Result<std::string> text = repo.read(path, longest);
  if (!text.ok()) return std::nullopt;
  auto document = json_document(*text);
  return document && document->is_object() ? std::move(document) : std::nullopt;
}

// The document that lies at the front of `rest`, which ends where `after` begins.
std::optional<Json> document_between(std::string_view rest, std::string_view after) {
  const std::string_view value = rest.substr(0, rest.size() - after.size());
  return json_document(value.substr(std::min(value.size(), value.find_first_not_of(",: \t\r\n"))));
}

// The first kMostTokens items of the array to which the cursor has come, and not a document of all: there may be
// hundreds of thousands.
std::optional<Json> first_items(JsonCursor& cursor) {
  const std::string_view whole = cursor.rest();
  JsonToken token = cursor.next();
  if (token != JsonToken::kArray) {
    if (!cursor.skip_rest(token)) return std::nullopt;
    return document_between(whole, cursor.rest());
  }
  Json items = Json::array();
  std::string_view rest = cursor.rest();
  for (token = cursor.next(); token != JsonToken::kArrayEnd; rest = cursor.rest(), token = cursor.next()) {
    if (!cursor.skip_rest(token)) return std::nullopt;
    if (items.size() >= kMostTokens) continue;
    auto item = document_between(rest, cursor.rest());
    if (!item) return std::nullopt;
    items.push_back(std::move(*item));
  }
  return items;
}

// Of tokenizer.json what is looked at here.  Its vocabulary has some hundred thousand keys, which are passed over: a
// document of them takes longer than all else that is asked of a repo.
std::optional<Json> tokenizer_parts(const FileTree& repo) {
  constexpr const char* kFile = "tokenizer.json";
  if (!repo.is_file(kFile)) return std::nullopt;
  const Result<std::string> text = repo.read(kFile, kLongestTokenizer);
  if (!text.ok()) return std::nullopt;
  JsonCursor cursor(*text);
  if (cursor.next() != JsonToken::kObject) return std::nullopt;
  Json parts = Json::object();
  JsonToken token = cursor.next();
  for (; token == JsonToken::kKey; token = cursor.next()) {
    const std::string name(cursor.string());
    if (name != "added_tokens" && name != "post_processor") {
      if (!cursor.skip_value()) return std::nullopt;
      continue;
    }
    auto document = first_items(cursor);
    if (!document) return std::nullopt;
    parts[name] = std::move(*document);
  }
  return token == JsonToken::kObjectEnd && cursor.next() == JsonToken::kEnd ? std::optional(std::move(parts))
                                                                            : std::nullopt;
}

std::string joined_key(const std::string& path, const std::string& key) {
  return path.empty() ? key : fmt::format("{}.{}", path, key);
}

// Calls `visit` with every object in `object`, itself first, and its dotted path.
void each_object(const Json& object, const std::string& path,
                 const std::function<void(const Json&, const std::string&)>& visit) {
  visit(object, path);
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) each_object(value, joined_key(path, key), visit);
  }
}

void read_numbers(const Json& config, Config& out) {
  each_object(config, "", [&](const Json& object, const std::string& path) {
    for (const auto& [key, value] : object.items()) {
      const auto number = whole_number(value);
      if (!number || *number <= 0 || key.find('.') != std::string::npos || out.numbers.size() >= kMostNumbers) continue;
      out.numbers.push_back({joined_key(path, key), *number});
    }
  });
}

// Numbers of tokens in a config: one, or a list of them.
void add_token(const std::string& file, const std::string& key, const Json& value, Config& out) {
  if (out.tokens.size() >= kMostTokens) return;
  if (const auto number = whole_number(value)) out.tokens.push_back({file, key, *number});
  if (!value.is_array()) return;
  for (const Json& item : value) {
    if (const auto number = whole_number(item)) out.tokens.push_back({file, key, *number});
  }
}

const Json* member(const Json& object, const char* key) {
  const auto it = object.is_object() ? object.find(key) : object.end();
  return it == object.end() ? nullptr : &*it;
}

// The numbers of the tokens that the post-processor of a tokenizer.json puts around every text.
std::vector<std::int64_t> put_into_every_text(const Json& processor) {
  std::vector<std::int64_t> numbers;
  // BertProcessing and RobertaProcessing: "sep": ["</s>", 2].
  for (const char* key : {"sep", "cls"}) {
    const Json* pair = member(processor, key);
    if (pair == nullptr || !pair->is_array() || pair->size() != 2) continue;
    if (const auto number = whole_number((*pair)[1])) numbers.push_back(*number);
  }
  // TemplateProcessing: what stands in the template for one text, by the table of their numbers.
  const Json* single = member(processor, "single");
  const Json* table = member(processor, "special_tokens");
  for (const Json& piece : single != nullptr && single->is_array() ? *single : Json::array()) {
    const Json* special = member(piece, "SpecialToken");
    const Json* row =
        special == nullptr || table == nullptr ? nullptr : member(*table, string_of(*special, "id").c_str());
    const Json* ids = row == nullptr ? nullptr : member(*row, "ids");
    for (const Json& id : ids != nullptr && ids->is_array() ? *ids : Json::array()) {
      if (const auto number = whole_number(id)) numbers.push_back(*number);
    }
  }
  // Sequence: several, one after the other.
  const Json* parts = member(processor, "processors");
  for (const Json& part : parts != nullptr && parts->is_array() ? *parts : Json::array()) {
    const Json* within = member(part, "processors");
    if (within != nullptr) continue;
    for (const std::int64_t number : put_into_every_text(part)) numbers.push_back(number);
  }
  return numbers;
}

void read_tokens(const Json& config, const FileTree& repo, Config& out) {
  // Only those that every model feeds to its embedding; others may stand for images or sounds.
  constexpr std::array kKeys = {"bos_token_id", "pad_token_id", "decoder_start_token_id"};
  const auto from = [&](const Json& object, const std::string& file, const std::string& lead) {
    for (const char* key : kKeys) {
      if (const auto it = object.find(key); it != object.end()) add_token(file, lead + key, *it, out);
    }
  };
  from(config, "config.json", "");
  if (const auto text = config.find("text_config"); text != config.end() && text->is_object())
    from(*text, "config.json", "text_config.");
  if (const auto generation = object_in(repo, "generation_config.json", kLongestConfig))
    from(*generation, "generation_config.json", "");
  const auto encoder = config.find("is_encoder_decoder");
  if (encoder != config.end() && encoder->is_boolean() && encoder->get<bool>()) {
    for (TokenNumber& token : out.tokens) token.always = token.key == "decoder_start_token_id";
  }
  if (const auto added = object_in(repo, "added_tokens.json", kLongestTokenizer)) {
    for (const auto& [token, number] : added->items()) add_token("added_tokens.json", token, number, out);
  }
  const auto tokenizer = tokenizer_parts(repo);
  const auto added = tokenizer ? tokenizer->find("added_tokens") : Json::const_iterator{};
  if (!tokenizer || added == tokenizer->end() || !added->is_array()) return;
  const std::size_t first = out.tokens.size();
  for (const Json& item : *added) {
    if (item.is_object() && item.contains("id"))
      add_token("tokenizer.json", string_of(item, "content"), item["id"], out);
  }
  if (const auto processor = tokenizer->find("post_processor"); processor != tokenizer->end()) {
    const std::vector<std::int64_t> always = put_into_every_text(*processor);
    for (std::size_t i = first; i < out.tokens.size(); ++i)
      out.tokens[i].always = std::find(always.begin(), always.end(), out.tokens[i].number) != always.end();
  }
}

// `num_bits` of the weights in config_groups of compressed-tensors, where all groups have the same.
std::optional<std::int64_t> bits_of_groups(const Json& quantization) {
  const auto groups = quantization.find("config_groups");
  if (groups == quantization.end() || !groups->is_object()) return std::nullopt;
  std::optional<std::int64_t> bits;
  for (const auto& [name, group] : groups->items()) {
    const auto weights = group.is_object() ? group.find("weights") : group.end();
    if (!group.is_object() || weights == group.end() || !weights->is_object()) return std::nullopt;
    const auto found = whole_number(*weights, "num_bits");
    if (!found || (bits && *bits != *found)) return std::nullopt;
    bits = found;
  }
  return bits;
}

// `group_size`; or that of the weights, where compressed-tensors has one group of layers.
void read_group_size(const Json& quantization, Quantization& out) {
  if (out.group_size = whole_number(quantization, "group_size"); out.group_size) out.group_path = "group_size";
  const auto groups = quantization.find("config_groups");
  if (out.group_size || groups == quantization.end() || !groups->is_object() || groups->size() != 1) return;
  const std::string name = groups->begin().key();
  const Json& group = groups->front();
  const auto weights = group.is_object() ? group.find("weights") : group.end();
  if (!group.is_object() || weights == group.end() || !weights->is_object() || name.find('.') != std::string::npos)
    return;
  out.group_size = whole_number(*weights, "group_size");
  if (out.group_size) out.group_path = fmt::format("config_groups.{}.weights.group_size", name);
}

// AutoGPTQ and AutoAWQ write one object; ModelOpt writes {"producer": ..., "quantization": ...}.
QuantizationFile quantization_file(const FileTree& repo, const std::string& path, std::string method) {
  QuantizationFile file{path, std::move(method), ""};
  const auto json = object_in(repo, path.c_str(), kLongestConfig);
  const auto block = json ? json->find("quantization") : Json::const_iterator{};
  if (json && block != json->end() && block->is_object()) file.algorithm = string_of(*block, "quant_algo");
  return file;
}

void read_quantization(const Json& config, const FileTree& repo, Config& out) {
  each_object(config, "", [&](const Json& object, const std::string& path) {
    for (const char* key : {"quantization_config", "compression_config"}) {
      const auto it = object.find(key);
      if (out.quantization || it == object.end() || !it->is_object()) continue;
      Quantization found;
      found.path = path.empty() ? key : path + "." + key;
      found.method = string_of(*it, "quant_method");
      found.format = string_of(*it, "format");
      found.status = string_of(*it, "quantization_status");
      found.bits = it->contains("bits") ? whole_number(*it, "bits") : bits_of_groups(*it);
      read_group_size(*it, found);
      if (const auto block = it->find("weight_block_size"); block != it->end() && block->is_array()) {
        for (const Json& extent : *block) found.block.push_back(whole_number(extent).value_or(0));
      }
      for (const char* skip : {"modules_to_not_convert", "llm_int8_skip_modules", "ignore"}) {
        if (found.skip_key.empty() && it->contains(skip)) found.skip_key = skip;
        for (std::string& name : strings_of(*it, skip)) found.skipped.push_back(std::move(name));
      }
      out.quantization = std::move(found);
    }
  });
  for (const QuantizationMethod& method : quantization_methods()) {
    const std::string path(method.own_file);
    if (path.empty() || out.quantization_file || !repo.is_file(path)) continue;
    out.quantization_file = quantization_file(repo, path, std::string(method.name));
  }
}

// Of several types with one class, the one after which it is named: "llama" of "LlamaForCausalLM".
std::vector<std::string> likeliest(std::vector<std::string> types, std::string_view class_name) {
  std::string best;
  for (const std::string& type : types) {
    std::string plain;
    for (const char c : type) {
      if (c != '-' && c != '_') plain += c;
    }
    const bool named =
        plain.size() <= class_name.size() && std::equal(plain.begin(), plain.end(), class_name.begin(),
                                                        [](char a, char b) { return a == b || a == (b | 0x20); });
    if (named && type.size() > best.size()) best = type;
  }
  return best.empty() ? std::move(types) : std::vector{best};
}

}  // namespace

Result<Config> config_of(const FileTree& repo, const std::vector<FileTreePtr>& libraries) {
  const Result<std::string> text = repo.read("config.json", kLongestConfig);
  if (!text.ok()) return text.error();
  const auto document = json_document(*text);
  if (!document || !document->is_object()) return Error{"config.json is no JSON object"};
  const Json& json = *document;
  Config config;
  config.model_type = string_of(json, "model_type");
  if (is_of_diffusers(repo)) config.diffusers_class = string_of(json, "_class_name");
  config.architectures = strings_of(json, "architectures");
  const std::shared_ptr<const LibraryNames> library = library_names(libraries);
  config.known_type = !config.model_type.empty() && library->has_type(config.model_type);
  if (config.model_type.empty() && !config.architectures.empty())
    config.likely_types = likeliest(library->types_of(config.architectures.front()), config.architectures.front());
  read_auto_map(json, repo, config);
  read_numbers(json, config);
  read_tokens(json, repo, config);
  read_quantization(json, repo, config);
  return config;
}

}  // namespace ckptlint

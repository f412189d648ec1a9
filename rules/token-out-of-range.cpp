// Reports that a token has a number beyond the rows of the embedding.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

// The largest of the tables that tokens are looked up in; null where there is none.
const Tensor* embedding_of(const Model& model) {
  if (!model.token_embeddings) return nullptr;
  const Tensor* largest = nullptr;
  for (const TensorId id : model.token_embeddings->tables) {
    const Tensor& tensor = model.graph->tensor(id);
    if (largest == nullptr || tensor.shape[0] > largest->shape[0]) largest = &tensor;
  }
  return largest;
}

std::string who_meets(const TokenNumber& token) {
  if (token.always && token.key.ends_with("decoder_start_token_id")) return "every decoder starts with it";
  if (token.always) return "the tokenizer puts it into every text";
  if (token.key.ends_with("bos_token_id")) return "generation without a prompt starts with it";
  if (token.key.ends_with("pad_token_id")) return "batches of texts of different lengths are filled with it";
  if (token.key.ends_with("decoder_start_token_id")) return "only a decoder would start with it";
  return "only a text that has it meets it";
}

// Where no single token was seen to be beyond it: all that the tokenizer has.
void check_length(const Model& model, const Tensor& embedding, Findings& out) {
  const std::int64_t rows = embedding.shape[0];
  if (!model.companions.tokenizer || model.companions.tokenizer->length <= rows) return;
  const std::int64_t length = model.companions.tokenizer->length;
  Finding& finding = out.emplace_back();
  finding.severity = Severity::kWarning;
  finding.message =
      fmt::format("the tokenizer has {} tokens, but the embedding `{}` has {} rows", length, embedding.name, rows);
  if (embedding.registered.known()) finding.labels.push_back(Label::at(embedding.registered, "the embedding"));
  finding.notes.emplace_back("only a text that has such a token meets it");
  finding.notes.push_back(fmt::format("`model.resize_token_embeddings({})` before saving makes room for them", length));
}

void check_token_out_of_range(const Model& model, Findings& out) {
  const Tensor* embedding = embedding_of(model);
  if (embedding == nullptr) return;
  const std::int64_t rows = embedding->shape[0];
  std::map<std::pair<std::string, bool>, std::vector<const TokenNumber*>> by_file;
  for (const TokenNumber& token : model.config->tokens) {
    // What generation starts with is not looked up by a model that cannot generate.
    const bool starts = !token.always && token.key.ends_with("bos_token_id");
    if (starts && !model.token_embeddings->can_generate) continue;
    if (token.number >= rows) by_file[{token.file, token.always}].push_back(&token);
  }
  for (const auto& [place, tokens] : by_file) {
    const auto& [file, always] = place;
    Finding& finding = out.emplace_back();
    finding.severity = always ? Severity::kError : Severity::kWarning;
    std::vector<std::string> keys;
    std::int64_t most = 0;
    for (const TokenNumber* token : tokens) {
      keys.push_back(token->key);
      most = std::max(most, token->number);
    }
    finding.message = fmt::format("{} in {} {} {}, but the embedding `{}` has {} rows", listed_names(keys), file,
                                  tokens.size() == 1 ? "is" : "are up to", most, embedding->name, rows);
    finding.labels.push_back(Label::stored(file, keys.front(), fmt::format("is {}", tokens.front()->number)));
    if (embedding->registered.known()) finding.labels.push_back(Label::at(embedding->registered, "the embedding"));
    for (const TokenNumber* token : tokens) {
      if (const std::string who = who_meets(*token); finding.notes.empty() || finding.notes.back() != who)
        finding.notes.push_back(who);
    }
    finding.notes.push_back("looking such a token up ends in an IndexError, or a device-side assert");
    finding.notes.push_back(
        fmt::format("`model.resize_token_embeddings({})` before saving makes room for it", most + 1));
  }
  if (by_file.empty()) check_length(model, *embedding, out);
}

}  // namespace

extern const Rule token_out_of_range = {
    .name = "token-out-of-range",
    .family = Family::kCompanions,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kConfig,
    .summary = "a token has a number beyond the rows of the embedding",
    .why =
        "Looking it up ends in \"IndexError: index out of range in self\", or on an accelerator in "
        "\"device-side assert triggered\", long after loading.",
    .example = "config.json: \"pad_token_id\": 32000, \"vocab_size\": 32000",
    .remedy =
        "Resize the embedding, or give the token a number that it has a row for. A tokenizer with fewer "
        "tokens than rows is fine.",
    .references = "transformers issues 12763, 24698.",
    .check = check_token_out_of_range,
};

}  // namespace ckptlint

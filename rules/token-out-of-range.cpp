// Reports that a token has a number beyond the rows of the embedding.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

// The rows of the largest tensor that may be an embedding: at least as many as `vocab_size` says, and not many more.
std::int64_t embedding_rows(const Model& model, std::int64_t vocabulary) {
  std::int64_t rows = 0;
  for (const StoredTensor& tensor : model.checkpoint->tensors) {
    const auto shape = model.checkpoint->shape(tensor);
    if (shape.size() == 2 && shape[0] >= vocabulary && shape[0] / 2 <= vocabulary) rows = std::max(rows, shape[0]);
  }
  return rows;
}

void check(const Model& model, Findings& out) {
  const ConfigNumber* vocabulary = model.config->number("vocab_size");
  if (vocabulary == nullptr) vocabulary = model.config->number("text_config.vocab_size");
  // One row stands for a model that takes no tokens.
  if (vocabulary == nullptr || vocabulary->value == 1) return;
  const std::int64_t rows = embedding_rows(model, vocabulary->value);
  if (rows == 0) return;
  std::map<std::string, std::vector<const TokenNumber*>> by_file;
  for (const TokenNumber& token : model.config->tokens) {
    if (token.number >= rows) by_file[token.file].push_back(&token);
  }
  for (const auto& [file, tokens] : by_file) {
    Finding& finding = out.emplace_back();
    // A config's own numbers are used by every generation, tokens of a tokenizer only where the text has them.
    const bool is_config = file == "config.json" || file == "generation_config.json";
    finding.severity = is_config ? Severity::kError : Severity::kWarning;
    std::vector<std::string> keys;
    std::int64_t most = 0;
    for (const TokenNumber* token : tokens) {
      keys.push_back(token->key);
      most = std::max(most, token->number);
    }
    finding.message = fmt::format("{} in {} {} {}, but the embedding has {} rows", listed_names(keys), file,
                                  tokens.size() == 1 ? "is" : "are up to", most, rows);
    finding.labels.push_back(Label::stored(file, keys.front(), fmt::format("is {}", tokens.front()->number)));
    finding.labels.push_back(Label::stored("config.json", vocabulary->path, fmt::format("is {}", vocabulary->value)));
    finding.notes.push_back("looking such a token up ends in an IndexError, or a device-side assert");
    finding.notes.push_back(
        fmt::format("`model.resize_token_embeddings({})` before saving makes room for it", most + 1));
  }
}

}  // namespace

extern const Rule token_out_of_range = {
    .name = "token-out-of-range",
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kConfig,
    .summary = "a token has a number beyond the rows of the embedding",
    .why =
        "Looking it up ends in \"IndexError: index out of range in self\", or on an accelerator in "
        "\"device-side assert triggered\", long after loading.",
    .example = "config.json: \"pad_token_id\": 32000, \"vocab_size\": 32000",
    .remedy =
        "Resize the embedding, or give the token a number that it has a row for. A tokenizer with fewer "
        "tokens than rows is fine.",
    .references = "transformers issues 12763, 24698.",
    .check = check,
};

}  // namespace ckptlint

// Asks companion_loading.py, one question an evaluator: what one of them leaves behind is no matter of the next.
#include "companions/companions.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "base/byte_source.h"
#include "base/escape.h"
#include "base/file_limits.h"
#include "base/json_cursor.h"
#include "base/json_document.h"
#include "graph/asking.h"
#include "graph/evaluator.h"
#include "graph/questions.h"
#include "graph/remote_code.h"
#include "library/host/embedded.h"
#include "library/library.h"
#include "library/packages/install.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

constexpr const char* kModule = "_companion_loading";
constexpr const char* kTokenizer = "tokenizer_config.json";
constexpr const char* kPreprocessor = "preprocessor_config.json";
constexpr const char* kVideo = "video_preprocessor_config.json";

// The largest tokenizer.json that is known takes two thirds of that, and less than a second.
constexpr std::uint64_t kMostSteps = 16'000'000;
constexpr std::size_t kMostBytes = std::size_t{512} << 20;

void install(Interpreter& in) {
  python::install_library(in);
  python::install_companion_packages(in);
}

std::vector<std::pair<std::string, std::string>> texts_of(Interpreter& in, const Value& dict) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const Value& pair : in.collect(in.call_method(dict, in.intern("items")))->items) {
    const python::List* both = in.collect(pair);
    texts.emplace_back(known_text(both->items[0]), known_text(both->items[1]));
  }
  return texts;
}

// It tells of the machine, and not of the files.
bool is_import_error(const std::string& exception) {
  const std::string type = exception.substr(0, exception.find(':'));
  return type == "ImportError" || type == "ModuleNotFoundError" || type == "PackageNotFoundError";
}

bool has_code(const FileTree& repo) {
  const std::vector<std::string> names = repo.list("");
  return std::any_of(names.begin(), names.end(), [](const std::string& name) { return name.ends_with(".py"); });
}

// The repo, and what of it was read last.
class ReadTree final : public FileTree {
 public:
  explicit ReadTree(FileTreePtr tree) : tree_(std::move(tree)) {}

  Result<std::string> read(std::string_view path, std::uint64_t max_bytes) const override {
    Result<std::string> text = tree_->read(path, max_bytes);
    if (text.ok() && !path.ends_with(".py") && path != "config.json") last_ = path;  // that one is the model's
    return text;
  }
  bool is_file(std::string_view path) const override { return tree_->is_file(path); }
  bool is_folder(std::string_view path) const override { return tree_->is_folder(path); }
  std::vector<std::string> list(std::string_view folder) const override { return tree_->list(folder); }
  std::string real_path(std::string_view path) const override { return tree_->real_path(path); }
  void expect(std::span<const ExpectedRead> reads) const override { tree_->expect(reads); }

  // The file that is at fault for an exception: one that its text names, else the one that was read before it.
  std::string at_fault(const std::string& exception) const {
    std::size_t first = std::string::npos;
    std::string named;
    for (const std::string& name : tree_->list("")) {
      const std::size_t at = exception.find(name);
      if (at >= first || !tree_->is_file(name) || !name.ends_with(".json")) continue;
      first = at;
      named = name;
    }
    return named.empty() ? last_ : named;
  }

 private:
  FileTreePtr tree_;
  mutable std::string last_;
};

class Asked {
 public:
  explicit Asked(GraphRequest request) : read_(std::make_shared<ReadTree>(request.repo)) {
    request.repo = read_;
    // Who has a processor has what it is made of.
    request.assume.emplace_back("torchvision=0.28.0");
    request.repo_name.clear();
    request.commit.clear();
    request_ = std::move(request);
    Result<std::shared_ptr<Interpreter>> made = make_evaluator(request_, install);
    if (!made.ok()) throw NotFollowed{made.error().message};
    in_ = std::move(*made);
    in_->limit_steps(kMostSteps);
    in_->arena.limit(kMostBytes);
    in_->disk->mount(kRepoFolder, request_.repo);
    if (has_code(*request_.repo)) {
      const Answer<bool> ready = attempt([&] {
        code_ = std::make_unique<RemoteCode>(*in_, request_);
        code_->let_library_import();
        return true;
      });
      if (const python::PyRaise* raised = ready.raised()) throw NotFollowed{in_->describe(*raised)};
    }
    in_->embedded_module(kModule, python::embedded_text("packages/companion_loading.py"), false);
  }

  Interpreter& in() { return *in_; }

  const ReadTree& read() const { return *read_; }

  // What it gives; kMissing where it raises, which `end` then says.
  Value answer(const char* question, std::initializer_list<Value> given, CallEnd& end) {
    const Value given_back = answer_to(*in_, kModule, question, given, end);
    if (is_import_error(end.raises))
      throw NotFollowed{fmt::format("it asks for what is not there: {}{}", printable(end.raises), end.place)};
    return given_back;
  }

 private:
  std::shared_ptr<const ReadTree> read_;
  GraphRequest request_;
  std::shared_ptr<Interpreter> in_;
  std::unique_ptr<RemoteCode> code_;  // ends before what it is of
};

std::vector<RenumberedToken> renumbered_of(Interpreter& in, const Value& rows) {
  std::vector<RenumberedToken> tokens;
  for (const Value& row : in.collect(rows)->items) {
    const python::List* parts = in.collect(row);
    RenumberedToken& token = tokens.emplace_back();
    token.text = known_text(parts->items[0]);
    token.declared = in.to_int(parts->items[1]);
    if (!parts->items[2].is(Kind::kNone)) token.loaded = in.to_int(parts->items[2]);
  }
  return tokens;
}

// Whether the front matter of the model card has the tag "conversational", by which the Hub knows models to chat with.
bool is_for_chat(const FileTree& repo) {
  constexpr const char* kCard = "README.md";
  if (!repo.is_file(kCard)) return false;
  const Result<std::string> text = repo.read(kCard);
  if (!text.ok()) return false;
  static const RE2 front(R"((?s)^\s*---[ \t]*\r?\n(.*?)\n---)");
  static const RE2 tag(R"((?m)^(?:tags:.*[\[, ]|[ \t]*-[ \t]*)[\"']?conversational[\"']?[ \t]*(?:[,\]].*)?\r?$)");
  std::string matter;
  return RE2::PartialMatch(*text, front, &matter) && RE2::PartialMatch(matter, tag);
}

TokenizerMade tokenizer_of(const GraphRequest& request) {
  Asked asked(request);
  TokenizerMade made;
  made.end.call = "AutoTokenizer.from_pretrained";
  const Value answer = asked.answer("tokenizer", {asked.in().string(kRepoFolder)}, made.end);
  // What the package tokenizers refuses is raised without a type of its own.
  if (answer.missing()) {
    made.end.file = made.end.raises.starts_with("Exception: ") ? "tokenizer.json" : kTokenizer;
    return made;
  }
  const python::List* parts = asked.in().collect(answer);
  made.class_name = known_text(parts->items[0]);
  made.length = asked.in().to_int(parts->items[1]);
  for (auto& [key, text] : texts_of(asked.in(), parts->items[2])) made.specials.emplace(key, text);
  made.has_chat_template = asked.in().test(parts->items[3]);
  made.renumbered = renumbered_of(asked.in(), parts->items[4]);
  made.is_for_chat = is_for_chat(*request.repo);
  return made;
}

std::optional<nlohmann::ordered_json> document_of(const FileTree& repo, const char* name) {
  if (!repo.is_file(name)) return std::nullopt;
  const Result<std::string> text = repo.read(name);
  return text.ok() ? json_document(*text) : std::nullopt;
}

// The auto class that people load the files with: of a processor where any file names one, else of its only part.
std::string processor_call(const FileTree& repo) {
  constexpr const char* kProcessor = "AutoProcessor";
  if (repo.is_file("processor_config.json")) return kProcessor;
  for (const char* name : {kPreprocessor, kVideo, kTokenizer}) {
    const std::optional<nlohmann::ordered_json> document = document_of(repo, name);
    if (document && document->is_object() && document->contains("processor_class")) return kProcessor;
  }
  if (!repo.is_file(kPreprocessor)) return "AutoVideoProcessor";
  const std::optional<nlohmann::ordered_json> document = document_of(repo, kPreprocessor);
  if (!document || !document->is_object()) return kProcessor;
  if (document->contains("image_processor_type")) return "AutoImageProcessor";
  return document->contains("feature_extractor_type") ? "AutoFeatureExtractor" : kProcessor;
}

ProcessorMade processor_of(const GraphRequest& request) {
  Asked asked(request);
  ProcessorMade made;
  const std::string call = processor_call(*request.repo);
  made.end.call = call + ".from_pretrained";
  const Value answer = asked.answer("processor", {asked.in().string(call), asked.in().string(kRepoFolder)}, made.end);
  if (answer.missing()) {
    made.end.file = asked.read().at_fault(made.end.raises);
    return made;
  }
  const python::List* parts = asked.in().collect(answer);
  made.class_name = known_text(parts->items[0]);
  made.parts = texts_of(asked.in(), parts->items[1]);
  return made;
}

GenerationMade generation_of(const GraphRequest& request) {
  Asked asked(request);
  GenerationMade made;
  made.end.call = "GenerationConfig.from_pretrained";
  made.saved.call = "GenerationConfig.save_pretrained";
  const Value config = asked.answer("generation", {asked.in().string(kRepoFolder)}, made.end);
  if (!config.missing()) (void)asked.answer("save", {config}, made.saved);
  return made;
}

template <typename Question>
auto known(const Question& question) -> Known<decltype(question())> {
  auto ended = run_phase(question);
  if (auto* made = std::get_if<decltype(question())>(&ended)) return std::move(*made);
  return Unknown{reason_of(std::get<Stopped>(ended))};
}

// How much of a file is followed within a second; of tokenizer_config.json that of forty thousand tokens, of the others
// a hundred times what any known one has.
std::uint64_t longest_of(std::string_view name) {
  if (name == "tokenizer.json") return kLongestTokenizer;
  return (name == kTokenizer ? 8u : 2u) << 20;
}

// A file that is larger than what is read of it; nothing where there is none.
std::optional<Unknown> too_large(const FileTree& repo, std::initializer_list<const char*> names) {
  for (const std::string name : names) {
    const std::uint64_t most = longest_of(name);
    if (!repo.is_file(name)) continue;
    const Result<ByteSource> file = repo.open(name);
    if (!file.ok() || file->size() > most)
      return Unknown{fmt::format("{} cannot be read, or has more than {} MiB", quoted_name(name), most >> 20)};
  }
  return std::nullopt;
}

// A list of tokenizer.json, or an object, and how many items of it can be followed within a second.
struct Items {
  std::string_view name;
  std::uint32_t depth;
  std::size_t most;
  const char* are;
};
constexpr Items kItems[] = {
    {"added_tokens", 1, 40'000, "added tokens"},  // of speech models a few have twice as many
    {"vocab", 2, 1'000'000, "tokens"},
    {"merges", 2, 750'000, "merges"},
};

// The items of the value to which the cursor has come; none where it has none.
std::size_t items_in(JsonCursor& cursor) {
  JsonToken token = cursor.next();
  if (token != JsonToken::kArray && token != JsonToken::kObject) return cursor.skip_rest(token), 0;
  const auto ends = [&] {
    return token == JsonToken::kArrayEnd || token == JsonToken::kObjectEnd || token == JsonToken::kError;
  };
  std::size_t count = 0;
  for (token = cursor.next(); !ends(); token = cursor.next()) {
    if (token == JsonToken::kKey)
      cursor.skip_value();
    else
      cursor.skip_rest(token);
    ++count;
  }
  return count;
}

// Which part of tokenizer.json is longer than what is followed.
std::optional<Unknown> too_many(const FileTree& repo) {
  constexpr const char* kFile = "tokenizer.json";
  if (!repo.is_file(kFile)) return std::nullopt;
  const Result<std::string> text = repo.read(kFile, kLongestTokenizer);
  if (!text.ok()) return std::nullopt;
  JsonCursor cursor(*text);
  JsonToken token = cursor.next();
  for (; token != JsonToken::kEnd && token != JsonToken::kError; token = cursor.next()) {
    if (token != JsonToken::kKey) continue;
    const std::string_view name = cursor.string();
    const auto* items = std::find_if(std::begin(kItems), std::end(kItems), [&](const Items& each) {
      return each.name == name && each.depth == cursor.depth();
    });
    if (items != std::end(kItems)) {
      const std::size_t count = items_in(cursor);
      if (count > items->most)
        return Unknown{fmt::format("{} has {} {}, more than the {} that are followed", quoted_name(kFile), count,
                                   items->are, items->most)};
    } else if (cursor.depth() > 1 || name != "model") {
      cursor.skip_value();
    }
  }
  return std::nullopt;
}

bool has_any(const FileTree& repo, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (repo.is_file(name)) return true;
  }
  return false;
}

}  // namespace

Companions companions_of(const GraphRequest& request) {
  Companions found;
  if (!request.repo) return found;
  std::vector<ExpectedRead> reads;
  for (const char* name : {kTokenizer, "tokenizer.json", "special_tokens_map.json", "added_tokens.json",
                           "processor_config.json", kPreprocessor, kVideo, "generation_config.json"})
    reads.push_back({name, kWholeFile});
  request.repo->expect(reads);
  const auto ask = [&](auto& to, std::initializer_list<const char*> names, const auto& question) {
    std::optional<Unknown> why = too_large(*request.repo, names);
    if (!why && std::find(names.begin(), names.end(), std::string_view("tokenizer.json")) != names.end())
      why = too_many(*request.repo);
    if (why)
      to = std::move(*why);
    else
      to = known([&] { return question(request); });
  };
  if (has_any(*request.repo, {kTokenizer, "tokenizer.json"}))
    ask(found.tokenizer, {kTokenizer, "tokenizer.json", "special_tokens_map.json", "added_tokens.json"}, tokenizer_of);
  if (has_any(*request.repo, {"processor_config.json", kPreprocessor, kVideo}))
    ask(found.processor, {"processor_config.json", kPreprocessor, kVideo, kTokenizer, "tokenizer.json"}, processor_of);
  if (has_any(*request.repo, {"generation_config.json"}))
    ask(found.generation, {"generation_config.json"}, generation_of);
  return found;
}

}  // namespace ckptlint

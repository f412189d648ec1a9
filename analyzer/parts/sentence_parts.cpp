// Mounts the repo, and in its place, part by part, the repo with that part alone in modules.json, and asks
// sentence_loading.py.
#include "parts/sentence_parts.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

#include "base/escape.h"
#include "base/json_document.h"
#include "graph/asking.h"
#include "graph/evaluator.h"
#include "graph/questions.h"
#include "graph/remote_code.h"
#include "library/host/embedded.h"
#include "library/torch/torch.h"
#include "parts/disk_loading.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;
using python::Interpreter;
using python::Kind;
using python::Value;

constexpr const char* kModule = "_sentence_loading";
constexpr const char* kList = "modules.json";
constexpr std::size_t kMostParts = 64;

// The classes for whose repos it was compared with the library what they come to.
bool is_followed(const std::string& class_name) {
  return class_name == "SentenceTransformer" || class_name == "SparseEncoder" || class_name == "CrossEncoder" ||
         class_name == "MultiVectorEncoder";
}

std::string plain_text(const Json& entry, const char* key) {
  if (!entry.is_object() || !entry.contains(key)) return "";
  return entry[key].is_string() ? entry[key].get<std::string>() : json_line(entry[key]);
}

class SentenceParts {
 public:
  explicit SentenceParts(GraphRequest request) : repo_(request.repo) {
    request.assume.emplace_back("torchvision=0.28.0");
    request.repo_name = std::string(kRepoFolder).substr(1);
    request.commit.clear();
    Result<std::shared_ptr<Interpreter>> made = make_evaluator(request, install_disk_loading);
    if (!made.ok()) throw NotFollowed{made.error().message};
    in_ = std::move(*made);
    request_ = std::move(request);
  }

  Pipeline run() {
    Pipeline found;
    in_->disk->mount(kRepoFolder, repo_);
    read_list(found);
    python::set_default_device(*in_, "cpu");
    if (asks_for_code_) let_import();
    let_load_from_disk(*in_);
    in_->embedded_module(kModule, python::embedded_text("packages/sentence_loading.py"), false);
    (void)in_->call(in_->import_name(kModule, "settle"), {});
    found.library = known_text(in_->import_name("sentence_transformers", "__version__"));
    found.load.call = known_text(in_->call(in_->import_name(kModule, "name_of_class"), {in_->string(kRepoFolder)}));
    if (!is_followed(found.load.call)) throw NotFollowed{fmt::format("it is for {}", quoted_name(found.load.call))};
    const Value model = load(found.load);
    if (!model.missing()) {
      encode(model, found);
      return found;
    }
    for (std::size_t i = 0; i < found.parts.size(); ++i) {
      in_->disk->mount(kRepoFolder, overlay_tree(repo_, {{kList, json_line(Json::array({entries_[i]}))}}));
      (void)load(found.parts[i].end);
    }
    return found;
  }

  std::string described(const python::PyRaise& raised) const { return in_->describe(raised); }

 private:
  Value load(CallEnd& end) { return asked("load", {in_->string(kRepoFolder), Value::of(asks_for_code_)}, end); }

  // The library imports classes of the repo itself, from here on.
  void let_import() {
    const Answer<bool> ready = attempt([&] {
      code_ = std::make_unique<RemoteCode>(*in_, request_);
      code_->let_library_import();
      return true;
    });
    if (const python::PyRaise* raised = ready.raised()) throw NotFollowed{in_->describe(*raised)};
  }

  void read_list(Pipeline& found) {
    const Result<std::string> text = repo_->read(kList);
    const auto list = text.ok() ? json_document(*text) : std::nullopt;
    if (!list || !list->is_array()) return;
    if (list->size() > kMostParts) throw NotFollowed{fmt::format("modules.json has more than {} parts", kMostParts)};
    for (const Json& entry : *list) {
      entries_.push_back(entry);
      PipelinePart& part = found.parts.emplace_back();
      part.name = plain_text(entry, "name");
      part.type = plain_text(entry, "type");
      part.folder = plain_text(entry, "path");
      asks_for_code_ |= !part.type.empty() && !part.type.starts_with("sentence_transformers.");
    }
    asks_for_code_ |= has_auto_map();
  }

  bool has_auto_map() const {
    const Result<std::string> text = repo_->read("config.json");
    const auto config = text.ok() ? json_document(*text) : std::nullopt;
    return config && config->is_object() && config->contains("auto_map");
  }

  // What it gives; kMissing where it raises, which `end` then says.
  Value asked(const char* question, std::initializer_list<Value> given, CallEnd& end) {
    return answer_to(*in_, kModule, question, given, end);
  }

  void encode(const Value& model, Pipeline& found) try {
    CallEnd width;
    const Value says = asked("width", {model}, width);
    if (says.is(Kind::kInt)) found.says = in_->to_int(says);
    CallEnd& end = found.encode;
    end.call = found.load.call == "CrossEncoder" ? "predict" : "encode";
    Value features = asked("features", {model}, end);
    const std::size_t count = in_->collect(in_->call_method(model, in_->intern("children")))->items.size();
    for (std::size_t i = 0; i < count && !features.missing(); ++i) {
      features = asked("through", {model, Value::of(static_cast<std::int64_t>(i)), features}, end);
      if (features.missing()) {
        found.stopped_at = i;
        return;
      }
      CallEnd ignored;
      const Value widths = asked("widths", {features}, ignored);
      if (widths.missing() || i >= found.parts.size()) continue;
      const python::List* both = in_->collect(widths);
      if (both->items[0].is(Kind::kInt)) found.parts[i].tokens = in_->to_int(both->items[0]);
      if (both->items[1].is(Kind::kInt)) found.parts[i].sentence = in_->to_int(both->items[1]);
    }
    if (features.missing()) return;
    CallEnd ignored;
    const Value unnoticed = asked("unnoticed", {}, ignored);
    if (!unnoticed.missing()) {
      for (const Value& each : in_->collect(unnoticed)->items) found.unnoticed.push_back(known_text(each));
    }
    const Value gives = asked("embeddings", {model, features}, end);
    if (gives.is(Kind::kInt)) found.gives = in_->to_int(gives);
  } catch (const NotFollowed& obstacle) {
    found.not_encoded.why = obstacle.why;
  }

  FileTreePtr repo_;
  GraphRequest request_;
  std::vector<Json> entries_;   // of modules.json
  bool asks_for_code_ = false;  // people have to say trust_remote_code=True for it
  std::shared_ptr<Interpreter> in_;
  std::unique_ptr<RemoteCode> code_;  // ends before what it is of
};

}  // namespace

Known<Pipeline> sentence_parts_of(const GraphRequest& request) {
  return follow("how sentence-transformers loads it", [&] {
    SentenceParts parts(request);
    Answer<Pipeline> answer = attempt([&] { return parts.run(); });
    // A library that is not as it was when it was compared.
    if (const python::PyRaise* raised = answer.raised()) throw NotFollowed{parts.described(*raised)};
    return std::move(*answer);
  });
}

}  // namespace ckptlint

// A checkpoint as `ckptlint list --format json` prints it.
#include <fmt/format.h>

#include "base/append_format.h"
#include "base/checked.h"
#include "base/json_text.h"
#include "checkpoint/defect_log.h"
#include "checkpoint/file_magic.h"
#include "checkpoint/listing.h"

namespace ckptlint {
namespace {

// Writes into `out`; commas are the caller's, by way of item().
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  // Before an item of a list or object that began at the last open().
  void open(char bracket) {
    out_ += bracket;
    first_ = true;
  }
  void close(char bracket) {
    out_ += bracket;
    first_ = false;
  }
  void item() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  void key(std::string_view name) {
    item();
    append_json_string(name, out_);
    out_ += ':';
  }
  void text(std::string_view name, std::string_view value) {
    key(name);
    append_json_string(value, out_);
  }
  void number(std::string_view name, std::uint64_t value) {
    key(name);
    append_format(out_, "{}", value);
  }
  void truth(std::string_view name, bool value) {
    key(name);
    out_ += value ? "true" : "false";
  }
  template <typename Numbers>
  void numbers(std::string_view name, const Numbers& values) {
    key(name);
    append_format(out_, "[{}]", fmt::join(values, ","));
  }

 private:
  std::string& out_;
  bool first_ = true;
};

void append(const WeightSet& set, Writer& json) {
  json.text("entry", set.entry);
  json.text("format", format_name(set.format));
  json.truth("sharded", set.sharded);
  json.truth("automatic", set.automatic);
  json.truth("chosen", set.chosen);
  json.text("why", set.why);
}

void append(const Shard& shard, Writer& json) {
  json.text("path", shard.path);
  json.text("format", format_name(shard.format));
  json.number("bytes", shard.size);
  json.number("tensors", shard.tensor_count);
  json.truth("exists", shard.exists);
  json.truth("loadable", shard.loadable);
  json.key("metadata");
  json.open('{');
  for (const auto& [name, value] : shard.metadata) json.text(name, value);
  json.close('}');
}

void append(const Checkpoint& checkpoint, const StoredTensor& tensor, Writer& json) {
  const bool packed = tensor.dtype == Dtype::kUint8 && tensor.type_name != "U8" && tensor.type_name != "uint8";
  const std::string_view torch = torch_name(tensor.dtype);
  json.text("name", tensor.name);
  json.text("dtype", packed || torch.empty() ? tensor.type_name : torch);
  json.numbers("shape", checkpoint.shape(tensor));
  json.number("bytes", tensor.bytes());
  json.text("file", checkpoint.shard(tensor.shard).path);
  json.number("begin", tensor.begin);
  json.number("end", tensor.end);
}

void append(const Defect& defect, Writer& json) {
  json.text("kind", defect_name(defect.kind));
  json.text("file", defect.file);
  json.number("offset", defect.offset);
  json.text("tensor", defect.tensor);
  json.truth("stops_loading", defect.stops_loading);
  json.text("message", defect.message);
}

}  // namespace

std::string listing_json(const Checkpoint& checkpoint, std::string_view shown) {
  std::string out;
  Writer json(out);
  const auto list = [&](std::string_view name, const auto& items, auto append_item) {
    json.key(name);
    json.open('[');
    for (const auto& item : items) {
      json.item();
      json.open('{');
      append_item(item);
      json.close('}');
    }
    json.close(']');
  };
  std::uint64_t bytes = 0;
  for (const StoredTensor& tensor : checkpoint.tensors) bytes = checked_add(bytes, tensor.bytes()).value_or(~0ull);
  json.open('{');
  json.text("path", shown);
  list("sets", checkpoint.sets, [&](const WeightSet& set) { append(set, json); });
  list("files", checkpoint.shards, [&](const Shard& shard) { append(shard, json); });
  list("tensors", checkpoint.tensors, [&](const StoredTensor& tensor) { append(checkpoint, tensor, json); });
  json.key("total");
  json.open('{');
  json.number("tensors", checkpoint.tensors.size());
  json.number("bytes", bytes);
  json.close('}');
  list("defects", checkpoint.defects, [&](const Defect& defect) { append(defect, json); });
  json.close('}');
  return out;
}

}  // namespace ckptlint

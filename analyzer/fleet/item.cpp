// Reads items strictly, so that a slip is told and not passed over, and keeps ids as they are written.
#include "fleet/item.h"

#include <fmt/format.h>

#include <optional>

#include "base/escape.h"
#include "base/json_cursor.h"
#include "base/json_text.h"

namespace ckptlint {
namespace {

constexpr std::string_view kForm = R"({"id": ..., "path": ..., "args": [...]})";

std::string_view name_of(Cause cause) {
  switch (cause) {
    case Cause::kLine:
      return "line";
    case Cause::kItem:
      return "item";
    case Cause::kTime:
      return "time";
    case Cause::kMemory:
      return "memory";
    case Cause::kCrash:
      break;
  }
  return "crash";
}

class ItemReader {
 public:
  ItemReader(std::string_view line, Asker& asker) : line_(line), cursor_(line), asker_(asker) {}

  Result<Item> read() {
    if (line_.find_first_not_of(" \t\r") == std::string_view::npos)
      return Error{fmt::format("the line is blank, and no item: {}", kForm)};
    if (cursor_.next() != JsonToken::kObject) return no_item();
    for (JsonToken token = cursor_.next(); token != JsonToken::kObjectEnd; token = cursor_.next()) {
      if (token != JsonToken::kKey) return no_item();
      if (!member(std::string(cursor_.string()))) return no_item();
    }
    if (cursor_.next() != JsonToken::kEnd) return no_item();
    if (!wrong_ && !has_path_) wrong("has no `path`");
    if (wrong_) return Error{*wrong_};
    return std::move(item_);
  }

 private:
  Error no_item() const {
    return {fmt::format("the line is no JSON object such as {}: it goes wrong at byte {}", kForm, cursor_.offset())};
  }

  // The first thing that is wrong counts, and reading goes on: the id may come behind it.
  void wrong(const std::string& clause) {
    if (!wrong_) wrong_ = "the item " + clause;
  }

  // False where the text is no JSON.
  bool member(const std::string& key) {
    if (key == "id") return id();
    if (key == "path") return path();
    if (key == "args") return args();
    wrong(fmt::format("has {}, which no item has: {}", quoted_name(key), kForm));
    return cursor_.skip_value();
  }

  void once(bool& seen, std::string_view key) {
    if (seen) wrong(fmt::format("has `{}` twice", key));
    seen = true;
  }

  bool id() {
    once(has_id_, "id");
    const JsonToken token = cursor_.next();
    const std::size_t begin = cursor_.offset();
    if (token == JsonToken::kError) return false;
    if (token == JsonToken::kObject || token == JsonToken::kArray) {
      wrong("has an `id` that is no text, number, true, false or null");
      return cursor_.skip_rest(token);
    }
    asker_.id = line_.substr(begin, line_.size() - cursor_.rest().size() - begin);
    return true;
  }

  bool path() {
    once(has_path_, "path");
    return text("a `path`", item_.path);
  }

  bool args() {
    once(has_args_, "args");
    const JsonToken token = cursor_.next();
    if (token != JsonToken::kArray) {
      wrong("has `args` that are no list of texts");
      return cursor_.skip_rest(token);
    }
    while (true) {
      const std::optional<bool> read = next_arg();
      if (!read) return true;
      if (!*read) return false;
    }
  }

  // Nothing behind the last one.
  std::optional<bool> next_arg() {
    const JsonToken token = cursor_.next();
    if (token == JsonToken::kArrayEnd) return std::nullopt;
    return text_of(token, "an argument", item_.args.emplace_back());
  }

  bool text(std::string_view what, std::string& into) { return text_of(cursor_.next(), what, into); }

  bool text_of(JsonToken token, std::string_view what, std::string& into) {
    if (token != JsonToken::kString) {
      wrong(fmt::format("has {} that is no text", what));
      return cursor_.skip_rest(token);
    }
    into = cursor_.string();
    if (into.find('\0') != std::string::npos) wrong(fmt::format("has {} with a NUL in it", what));
    return true;
  }

  const std::string_view line_;
  JsonCursor cursor_;
  Asker& asker_;
  Item item_;
  std::optional<std::string> wrong_;
  bool has_id_ = false, has_path_ = false, has_args_ = false;
};

}  // namespace

Result<Item> read_item(std::string_view line, Asker& asker) { return ItemReader(line, asker).read(); }

std::string failed_members(Cause cause, std::string_view why) {
  std::string members = fmt::format(R"("status": "failed", "cause": "{}", "why": )", name_of(cause));
  append_json_string(why, members);
  return members;
}

std::string answer_line(const Asker& asker, std::string_view members) {
  return fmt::format("{{\"id\": {}, \"line\": {}, {}}}\n", without_commands(asker.id), asker.line, members);
}

}  // namespace ckptlint

// Puts methods that take note into the classes of the library's tables, and watching dicts in place of plain ones.
#include "graph/table_entries.h"

#include <re2/re2.h>

#include <array>
#include <string>
#include <utility>

#include "graph/asking.h"
#include "library/host/embedded.h"
#include "library/stdlib/values.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

constexpr const char* kEntries = "_table_entries";
constexpr const char* kPlaces = "_table_entries_places";

// Where the code of the repo is, as numbers; None where other code runs.
Value place(Interpreter& in, const python::Arguments&, const Value&) {
  const Span at = in.here();
  const SourceFile* file = in.sources.find(at.file);
  if (file == nullptr || !file->in_model_repo) return Value::none();
  std::array<Value, 5> numbers;
  std::size_t i = 0;
  for (const std::uint32_t number :
       {static_cast<std::uint32_t>(at.file), at.line, at.column, at.end_line, at.end_column})
    numbers[i++] = Value::of(std::int64_t{number});
  return in.tuple(numbers.data(), numbers.size());
}

// A dict of another class with the same entries.
Value sharing(Interpreter& in, const python::Arguments& arguments, const Value&) {
  const Value table = python::plain(arguments[1]);
  if (!arguments[0].is(Kind::kClass) || !table.is(Kind::kDict)) return arguments[1];
  python::Instance* made = in.instance(arguments[0].as<python::Class>());
  made->payload = table;
  return Value::of(made);
}

Span span_of(const Value& numbers) {
  const Value* at = numbers.as<python::Tuple>()->items;
  const auto number = [&](int i) { return static_cast<std::uint32_t>(at[i].integer); };
  return Span{static_cast<FileId>(number(0)), number(1), number(2), number(3), number(4)};
}

// What the text of the repo's code names of the tables.
struct Named {
  std::vector<std::string> names;  // of tables of names
  bool tables = false, masks = false, conversions = false;
  bool any() const { return tables || masks || conversions || !names.empty(); }
};

Named named_in(const FileTree& repo) {
  static const RE2 name(R"(\b([A-Z_]+_NAMES)\b)");
  Named named;
  for (const std::string& file : repo.list("")) {
    if (!file.ends_with(".py")) continue;
    const Result<std::string> text = repo.read(file);
    if (!text.ok()) continue;
    const auto has = [&](const char* word) { return text->find(word) != std::string::npos; };
    named.tables |= has("_MAPPING") || has("_model_mapping");
    named.masks |= has("_MASK_ATTENTION_FUNCTIONS");
    named.conversions |= has("conversion_mapping");
    re2::StringPiece rest(*text);
    for (std::string found; named.names.size() < 100 && RE2::FindAndConsume(&rest, name, &found);)
      named.names.push_back(found);
  }
  return named;
}

}  // namespace

TableEntries::TableEntries(Interpreter& in, const GraphRequest& request) : in_(in) {
  if (!request.repo) return;
  const Named named = named_in(*request.repo);
  if (!named.any()) return;
  python::Module* places = in.native_module(kPlaces, false);
  in.define(places, "place", place);
  in.define(places, "sharing", sharing);
  in.embedded_module(kEntries, python::embedded_text("packages/table_entries.py"), false);
  const NotesTakenBack no_part_of_the_model(in);
  const std::size_t absent = in.absent_packages.size();
  python::List* names = in.list();
  for (const std::string& each : named.names) names->items.push(in.arena, in.string(each));
  watches_ = bool(attempt([&] {
    in.call(in.import_name(kEntries, "watch"),
            {Value::of(names), Value::of(named.masks), Value::of(named.conversions)});
  }));
  in.absent_packages.resize(absent);
}

std::vector<IgnoredEntry> TableEntries::ignored(const Value& model) {
  std::vector<IgnoredEntry> out;
  if (!watches_) return out;
  const NotesTakenBack notes(in_);
  const std::size_t absent = in_.absent_packages.size();
  (void)within_limits(in_, [&] {
    return attempt([&] {
      const Value found = in_.call(in_.import_name(kEntries, "ignored"), {model.missing() ? Value::none() : model});
      if (notes.any()) return;  // what the library finds is not known
      for (const Value& row : in_.collect(found)->items) {
        const Value* parts = row.as<python::Tuple>()->items;
        out.push_back({in_.str(parts[0]), in_.str(parts[1]), in_.str(parts[2]), span_of(parts[3])});
      }
    });
  });
  in_.absent_packages.resize(absent);
  return out;
}

}  // namespace ckptlint

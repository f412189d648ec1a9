// Files are read and cut into statements at once; what they mean is found by walking all of them several times.
#include "conduct/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_document.h"
#include "conduct/code_walk.h"
#include "python/values/arena.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostFiles = 400;
constexpr std::uint64_t kLongestFile = 4u << 20;
constexpr std::size_t kMostAlternatives = 12;
constexpr std::uint8_t kMostLevels = 4;  // of containers in containers
constexpr int kRounds = 3;
constexpr std::uint64_t kStepsForReach = 5'000'000;

bool same_value(const python::Value& left, const python::Value& right) {
  if (left.same(right)) return true;
  if (left.kind != right.kind) return false;
  if (left.is(python::Kind::kStr)) return left.as<python::Str>()->view() == right.as<python::Str>()->view();
  if (left.is(python::Kind::kBytes)) return left.as<python::Bytes>()->data == right.as<python::Bytes>()->data;
  return false;
}

bool same_meaning(const Meaning& left, const Meaning& right) {
  return left.kind == right.kind && left.place == right.place && left.name == right.name &&
         left.starts == right.starts && left.file == right.file && left.routine == right.routine &&
         left.type == right.type && same_value(left.value, right.value) &&
         (left.parts == right.parts ||
          (left.parts && right.parts && left.parts->size() == right.parts->size() &&
           std::equal(left.parts->begin(), left.parts->end(), right.parts->begin(), same_meaning)));
}

}  // namespace

void add_meaning(Meanings& to, Meaning meaning) {
  for (const Meaning& each : to) {
    if (same_meaning(each, meaning)) return;
  }
  if (to.size() >= kMostAlternatives) {
    Meaning& last = to.back();
    last = {};
    return;
  }
  to.push_back(std::move(meaning));
}

void add_meanings(Meanings& to, const Meanings& more) {
  for (const Meaning& each : more) add_meaning(to, each);
}

void set_parts(Meaning& meaning, Meanings parts) {
  std::uint8_t levels = 0;
  for (Meaning& each : parts) {
    if (each.levels >= kMostLevels) each = {};
    levels = std::max(levels, each.levels);
  }
  meaning.levels = static_cast<std::uint8_t>(levels + 1);
  meaning.parts = std::make_shared<Meanings>(std::move(parts));
}

Meaning container_of(Meanings parts) {
  Meaning container;
  container.kind = Means::kContainer;
  set_parts(container, std::move(parts));
  return container;
}

Meaning external(std::string name, std::string hidden) {
  Meaning meaning;
  meaning.kind = name.size() > 200 ? Meaning::Kind::kUnknown : Meaning::Kind::kExternal;
  meaning.name = std::move(name);
  meaning.hidden = std::move(hidden);
  return meaning;
}

std::string_view text_of(const Meaning& meaning) {
  if (meaning.value.is(python::Kind::kStr)) return meaning.value.as<python::Str>()->view();
  if (meaning.value.is(python::Kind::kBytes)) return meaning.value.as<python::Bytes>()->data;
  return {};
}

bool all_known(const Meanings& meanings) {
  return !meanings.empty() && std::all_of(meanings.begin(), meanings.end(),
                                          [](const Meaning& each) { return each.is(Meaning::Kind::kKnown); });
}

Program::Program(const FileTree& repo, Calculator& calculator) : repo(repo), calculator(calculator) {
  read("", 0);
  read_config();
  python::Interpreter& in = calculator.in();
  python::Parser parser(in.arena, in.symbols);
  for (auto& [path, file] : files) {
    file.unit = std::make_unique<python::SourceUnit>();
    file.unit->text = file.text;
    file.unit->path = path;
    file.lines = python::SourceLines(file.text);
    try {
      python::Code* code = parser.text(file.unit.get(), python::CodeKind::kModule);
      file.body = routine_of(code, &file);
    } catch (const python::SyntaxError&) {
      file.body = nullptr;  // nor does Python run any of it
    }
  }
}

// All of it, as parts of a model are given parts of the config; what differs between them is not known.
void Program::read_config() {
  const Result<std::string> text = repo.read("config.json", kLongestFile);
  const auto document = text.ok() ? json_document(*text) : std::nullopt;
  if (!document || !document->is_object()) return;
  std::vector<const nlohmann::ordered_json*> objects = {&*document};
  for (std::size_t i = 0; i < objects.size() && i < 1000; ++i) {
    for (const auto& [key, value] : objects[i]->items()) {
      step();
      if (value.is_object())
        objects.push_back(&value);
      else if (value.is_string())
        add_config(key, calculator.in().string(value.get<std::string>()), true);
      else if (value.is_boolean())
        add_config(key, python::Value::of(value.get<bool>()), true);
      else if (value.is_number_integer())
        add_config(key, python::Value::of(value.get<std::int64_t>()), true);
      else if (value.is_null())
        add_config(key, python::Value::none(), true);
      else
        write_config(key);
    }
  }
}

void Program::add_config(std::string_view name, const python::Value& value, bool in_file) {
  const auto [known, is_new] = (in_file ? config_ : config_defaults_).emplace(name, value);
  if (!is_new && !same_value(known->second, value)) write_config(name);
}

bool Program::is_config_default(std::string_view name, const Meaning& value) const {
  const auto known = config_defaults_.find(std::string(name));
  return known != config_defaults_.end() && same_value(known->second, value.value);
}

void Program::read(const std::string& folder, int depth) {
  for (const std::string& name : repo.list(folder)) {
    const std::string path = folder.empty() ? name : folder + "/" + name;
    if (name.starts_with(".")) continue;
    if (!name.ends_with(".py")) {
      if (depth < 6 && repo.is_folder(path)) read(path, depth + 1);
      continue;
    }
    if (files.size() >= kMostFiles) {
      leave_out("there are more files of Python than are read");
      return;
    }
    Result<std::string> text = repo.read(path, kLongestFile);
    if (!text.ok()) continue;
    step(text->size() / 8);
    CodeFile& file = files[path];
    file.path = path;
    file.module = path.substr(0, path.size() - 3);
    std::replace(file.module.begin(), file.module.end(), '/', '.');
    if (file.module.ends_with(".__init__")) file.module.resize(file.module.size() - 9);
    file.text = std::move(*text);
  }
}

void Program::step(std::uint64_t count) {
  if (steps_ < count) throw python::BudgetExceeded{"steps"};
  steps_ -= count;
}

Meanings Program::config_value(std::string_view name) const {
  Meanings meanings;
  Meaning given;
  given.kind = Means::kGiven;
  if (name.ends_with("config")) given.name = "nested config";
  const auto found = config_.find(std::string(name));
  if (found != config_.end() && found->second.is(python::Kind::kStr)) {
    Meaning known;
    known.kind = Means::kKnown;
    known.value = found->second;
    meanings.push_back(std::move(known));
  }
  meanings.push_back(std::move(given));
  return meanings;
}

std::optional<Meaning> Program::config_constant(std::string_view name) const {
  const std::string key(name);
  if (config_written_.contains(key) || config_written_.contains("*")) return std::nullopt;
  const auto given = config_.find(key);
  const auto otherwise = config_defaults_.find(key);
  if (given == config_.end() && otherwise == config_defaults_.end()) return std::nullopt;
  Meaning known;
  known.kind = Means::kKnown;
  known.value = given != config_.end() ? given->second : otherwise->second;
  return known;
}

void Program::leave_out(const std::string& why) {
  if (left_out.size() < 4 && std::find(left_out.begin(), left_out.end(), why) == left_out.end())
    left_out.push_back(why);
}

const python::Code* Program::code_of(std::string_view text, const python::Position& at, bool expression) {
  const auto [known, is_new] = code_of_text_.try_emplace({&at, std::string(text)}, nullptr);
  if (!is_new) return known->second;
  step(text.size());
  if (text.size() > text_left_) {
    leave_out("there is more text that is run as code than is read");
    return nullptr;
  }
  text_left_ -= text.size();
  python::Interpreter& in = calculator.in();
  python::SourceUnit& unit = texts_.emplace_back();
  unit.text = in.arena.copy(text);
  unit.path = "<text>";
  python::Parser parser(in.arena, in.symbols);
  try {
    known->second = expression ? parser.expression(&unit) : parser.text(&unit, python::CodeKind::kModule);
  } catch (const python::SyntaxError&) {
    // Nor does Python run it.
  }
  return known->second;
}

CodeFile* Program::file_at(const std::string& module_path) {
  for (const char* end : {".py", "/__init__.py"}) {
    const auto found = files.find(module_path + end);
    if (found != files.end()) return &found->second;
  }
  return nullptr;
}

Routine* Program::routine_of(const python::Code* code, CodeFile* file) {
  Routine*& known = by_code_[code];
  if (known == nullptr) {
    known = &routines.emplace_back();
    known->code = code;
    known->file = file;
  }
  return known;
}

CodeClass* Program::class_of(const python::ClassDef* definition, CodeFile* file) {
  CodeClass*& known = by_definition_[definition];
  if (known == nullptr) {
    known = &classes.emplace_back();
    known->file = file;
    known->name = definition->name->view();
    known->at = definition->at;
  }
  return known;
}

Meanings Program::global(CodeFile& file, python::Str* name) {
  if (file.body == nullptr) return {};
  const auto found = file.body->names.find(name);
  Meanings meanings = found == file.body->names.end() ? Meanings() : found->second;
  if (meanings.empty()) {
    for (const std::string& star : file.stars) {
      if (star.starts_with("./")) {
        CodeFile* other = file_at(star.substr(2));
        if (other != nullptr && other != &file && other->body != nullptr) {
          const auto there = other->body->names.find(name);
          if (there != other->body->names.end()) return there->second;
        }
      } else if (const std::string whole = fmt::format("{}.{}", star, name->view()); danger_of(whole) != nullptr) {
        return {external(whole)};
      }
    }
    return {};
  }
  const bool vague = std::any_of(meanings.begin(), meanings.end(), [](const Meaning& each) {
    return each.is(Meaning::Kind::kUnknown) || each.is(Meaning::Kind::kCounted) || each.is(Meaning::Kind::kGiven);
  });
  if (vague) {
    if (std::optional<Meaning> known = calculator.global(file, name)) return {std::move(*known)};
  }
  return meanings;
}

const Meanings* Program::member(CodeClass& type, const python::Str* name, bool after) {
  std::vector<CodeClass*> line = {&type};
  for (std::size_t i = 0; i < line.size() && line.size() < 64; ++i) {
    if (i > 0 || !after) {
      const auto found = line[i]->members.find(name);
      if (found != line[i]->members.end()) return &found->second;
    }
    for (CodeClass* base : line[i]->bases) {
      if (std::find(line.begin(), line.end(), base) == line.end()) line.push_back(base);
    }
  }
  return nullptr;
}

void Program::walk() {
  try {
    walk_rounds();
  } catch (const python::BudgetExceeded& exceeded) {
    // What was found up to here is told all the same.
    leave_out(fmt::format("following it takes more {} than the limit allows", exceeded.what));
  }
  steps_ = kStepsForReach;
}

void Program::walk_rounds() {
  for (int round = 0; round < kRounds; ++round) {
    waiting.clear();
    queued.clear();
    for (auto& [path, file] : files) {
      if (file.body == nullptr) continue;
      waiting.push_back(file.body);
      queued.insert(file.body);
    }
    for (std::size_t i = 0; i < waiting.size(); ++i) CodeWalk(*this, *waiting[i]).run();
  }
}

}  // namespace ckptlint

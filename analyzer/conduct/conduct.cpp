// From routines and their calls to deeds with their chains.
#include "conduct/conduct.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/escape.h"
#include "conduct/reach.h"
#include "graph/asking.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostDeeds = 400;

// As it would stand in code.
std::string shown_name(std::string name) {
  if (name.starts_with("builtins.")) name.erase(0, 9);
  for (const std::string_view special : {".__getitem__", ".__setitem__", ".__set__"}) {
    if (name.ends_with(special)) name.resize(name.size() - special.size());
  }
  return name;
}

class Teller {
 public:
  Teller(const FileTreePtr& repo, const std::string& label, SourceFiles& sources, Program& program,
         const Reached& reached)
      : repo_(repo), label_(label), sources_(sources), program_(program), reached_(reached) {}

  Conduct all() {
    Conduct conduct;
    for (const Routine& routine : program_.routines) {
      for (const Act& act : routine.acts) {
        if (act.kind != Act::Kind::kDeed && act.kind != Act::Kind::kHidden) continue;
        std::vector<Deed>& list = act.kind == Act::Kind::kDeed ? conduct.deeds : conduct.unfollowed;
        if (list.size() < kMostDeeds) list.push_back(deed_of(routine, act));
      }
    }
    for (std::vector<Deed>* list : {&conduct.deeds, &conduct.unfollowed}) {
      std::stable_sort(list->begin(), list->end(), [&](const Deed& left, const Deed& right) {
        const auto key = [&](const Deed& deed) {
          return std::make_tuple(deed.reach, std::string_view(sources_.find(deed.where.file)->path), deed.where.line,
                                 deed.where.column, deed.name);
        };
        return key(left) < key(right);
      });
    }
    return conduct;
  }

 private:
  Span span_of(const CodeFile& file, const python::Position& at) {
    const std::string path = label_.empty() ? file.path : label_ + "/" + file.path;
    std::vector<SourceFile>& files = sources_.files;
    const auto known = std::find_if(files.begin(), files.end(),
                                    [&](const SourceFile& each) { return each.in_model_repo && each.path == path; });
    const auto id = static_cast<FileId>(known - files.begin());
    if (known == files.end()) {
      SourceFile& added = files.emplace_back();
      added.path = path;
      added.real_path = repo_->real_path(file.path);
      added.text = file.text;
      added.in_model_repo = true;
    }
    return {id, at.line, at.column, at.end_line, at.end_column};
  }

  static std::string name_of(const Routine& routine) {
    return routine.name.empty() ? fmt::format("`{}`", routine.file->path) : fmt::format("`{}`", routine.name);
  }

  static std::string step_text(const Routine& caller, const Act& act, const Routine& callee) {
    if (act.made != nullptr) return fmt::format("{} builds `{}`", name_of(caller), act.made->name);
    const char* verb = act.kind == Act::Kind::kImport ? "imports" : act.perhaps ? "hands on" : "calls";
    return fmt::format("{} {} {}", name_of(caller), verb, name_of(callee));
  }

  Deed deed_of(const Routine& routine, const Act& act) {
    Deed deed;
    deed.kind = act.deed;
    deed.minor = act.minor;
    deed.name = shown_name(act.name);
    deed.detail = act.detail;
    deed.hidden = act.hidden;
    deed.condition = act.condition;
    deed.within = routine.name;
    deed.where = span_of(*routine.file, act.at);
    const Reached::Visit* visit = reached_.visit_of(routine);
    if (act.off) deed.off = true;
    if (visit == nullptr || act.off) return deed;
    deed.reach = visit->reach;
    deed.entry_file = visit->entry->named_in;
    deed.key = visit->entry->key;
    for (const Routine* at = &routine; visit != nullptr && visit->by != nullptr; visit = reached_.visit_of(*at)) {
      const Routine& caller = *visit->from;
      if (deed.condition.empty()) deed.condition = visit->by->condition;
      deed.chain.push_back({span_of(*caller.file, visit->by->at), step_text(caller, *visit->by, *at)});
      at = &caller;
      if (deed.chain.size() > 64) break;
    }
    std::reverse(deed.chain.begin(), deed.chain.end());
    return deed;
  }

  const FileTreePtr& repo_;
  const std::string& label_;
  SourceFiles& sources_;
  Program& program_;
  const Reached& reached_;
};

// Nothing where the repo's own statements used up the memory.
Known<Conduct> followed(const FileTreePtr& repo, const std::string& label, const std::vector<EntryPoint>& entries,
                        SourceFiles& sources, bool runs_modules) {
  Calculator calculator(repo, runs_modules);
  Program program(*repo, calculator);
  for (const EntryPoint& entry : entries) {
    const auto file = program.files.find(entry.file);
    if (file != program.files.end()) file->second.asked_for = true;
  }
  program.walk();
  // The walk needs memory of its own.
  const bool out_of_memory = calculator.exhausted() != nullptr && std::string_view(calculator.exhausted()) == "memory";
  if (runs_modules && out_of_memory) return {};
  if (!runs_modules) program.leave_out("running its statements takes more memory than the limit allows");
  const Reached reached(program, entries);
  Conduct conduct = Teller(repo, label, sources, program, reached).all();
  for (const EntryPoint& entry : entries) {
    const auto file = program.files.find(entry.file);
    if (file == program.files.end() || file->second.body == nullptr)
      program.leave_out(fmt::format("{} cannot be read as Python", quoted_name(entry.file)));
  }
  if (calculator.exhausted() != nullptr)
    program.leave_out(
        fmt::format("putting its texts together takes more {} than the limit allows", calculator.exhausted()));
  conduct.left_out = fmt::format("{}", fmt::join(program.left_out, ", "));
  return conduct;
}

}  // namespace

Known<Conduct> conduct_of(const FileTreePtr& repo, const std::string& label, SourceFiles& sources) {
  const std::vector<EntryPoint> entries = entry_points(*repo);
  if (entries.empty()) return {};
  Known<Conduct> known;
  const std::optional<Stopped> stopped = stopped_by([&] {
    known = followed(repo, label, entries, sources, true);
    if (!known) known = followed(repo, label, entries, sources, false);
  });
  if (!stopped) return known;
  return Unknown{
      fmt::format("what the code of the repo would do could not be followed: {}", printable(reason_of(*stopped)))};
}

}  // namespace ckptlint

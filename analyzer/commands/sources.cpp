// `ckptlint sources`: lists, fetches and removes wheels of the libraries.  Fetching is left to pip or uv, which know
// where packages come from and check what they get; it is the one place where Python is started.
#include "commands/sources.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <span>
#include <sstream>
#include <utility>

#include "base/escape.h"
#include "base/json_document.h"
#include "base/sha256.h"
#include "commands/command.h"
#include "commands/fetch_wheels.inc"
#include "commands/shared_options.h"
#include "input/kept_sources.h"
#include "input/model_source.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX has it declared by the program

namespace ckptlint {
namespace {

namespace fs = std::filesystem;

std::map<std::string, std::string> recorded_hashes(const fs::path& folder) {
  std::map<std::string, std::string> hashes;
  std::ifstream file(folder / kHashesFile);
  for (std::string line; std::getline(file, line);) {
    if (line.size() > 66 && line.compare(64, 2, "  ") == 0) hashes[line.substr(66)] = line.substr(0, 64);
  }
  return hashes;
}

std::string sha256_of_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  Sha256 hash;
  std::array<char, 1 << 16> block{};
  while (file.read(block.data(), block.size()) || file.gcount() > 0)
    hash.update({block.data(), static_cast<std::size_t>(file.gcount())});
  return hash.hex_digest();
}

}  // namespace

std::vector<ListedSource> listed_sources() {
  std::vector<ListedSource> all;
  if (const std::optional<InstalledLibrary> installed = installed_transformers())
    all.push_back({{"transformers", installed->version, installed->folder}, "environment", ""});
  for (const fs::path& folder : carried_folders()) {
    for (KeptWheel& wheel : wheels_in(folder)) all.push_back({std::move(wheel), "program", ""});
  }
  const fs::path cache = cache_of_sources();
  if (cache.empty()) return all;
  const std::map<std::string, std::string> hashes = recorded_hashes(cache);
  for (KeptWheel& wheel : wheels_in(cache)) {
    const auto hash = hashes.find(wheel.path.filename().string());
    const std::string damage = hash == hashes.end() ? fmt::format("{} does not name it", kHashesFile)
                               : hash->second != sha256_of_file(wheel.path)
                                   ? fmt::format("its SHA-256 is not that of {}", kHashesFile)
                                   : "";
    all.push_back({std::move(wheel), "cache", damage});
  }
  return all;
}

void print_sources_text(const std::vector<ListedSource>& sources, std::ostream& out) {
  std::size_t widest = 0;
  for (const ListedSource& each : sources)
    widest = std::max(widest, each.wheel.package.size() + 1 + each.wheel.version.size());
  for (const auto& [from, title] : {std::pair{"environment", "in the Python environment"},
                                    std::pair{"program", "with the program"}, std::pair{"cache", "fetched"}}) {
    bool first = true;
    for (const ListedSource& each : sources) {
      if (each.from != from) continue;
      if (first) out << title << "\n";
      first = false;
      out << fmt::format("  {:<{}}  {}\n", printable(each.wheel.package + " " + each.wheel.version), widest,
                         printable(each.wheel.path.string()));
      if (!each.damage.empty()) out << "    damaged: " << each.damage << "\n";
    }
  }
  if (sources.empty()) out << "none; `ckptlint sources add transformers` fetches the newest release\n";
}

namespace {

void print_sources_json(const std::vector<ListedSource>& sources, std::ostream& out) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ListedSource& each : sources) {
    nlohmann::ordered_json row = {{"package", each.wheel.package},
                                  {"version", each.wheel.version},
                                  {"path", each.wheel.path.string()},
                                  {"from", each.from}};
    if (!each.damage.empty()) row["damage"] = each.damage;
    list.push_back(std::move(row));
  }
  out << json_lines(list, 1) << "\n";
}

using SourcesFormat = Format<void (*)(const std::vector<ListedSource>&, std::ostream&)>;
constexpr std::array kSourcesFormats = {SourcesFormat{"text", "a line a release, by where it is", print_sources_text},
                                        SourcesFormat{"json", "a list of objects", print_sources_json}};

// "transformers", "transformers==4.57.6": what may be given to pip, where nothing in it is an option or an address.
struct Requirement {
  std::string package;
  std::string version;  // empty: the newest
  std::string text() const { return version.empty() ? package : package + "==" + version; }
};

Result<std::vector<Requirement>> requirements_in(std::span<const std::string> words) {
  static const RE2 kRequirement(R"(([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:==([0-9][A-Za-z0-9.!+_]*))?)");
  std::vector<Requirement> all;
  for (const std::string& word : words) {
    Requirement one;
    if (word.size() > 200 || !RE2::FullMatch(word, kRequirement, &one.package, &one.version))
      return Error{fmt::format("{} is neither PACKAGE nor PACKAGE==VERSION", quoted_name(word))};
    all.push_back(std::move(one));
  }
  return all;
}

// The Python beside the program, where it was installed with one, else the first on the PATH.
std::string python_to_start() {
  std::error_code failure;
  const fs::path folder = program_file().parent_path();
  for (const char* name : {"python3", "python"}) {
    if (!folder.empty() && fs::exists(folder / name, failure)) return (folder / name).string();
  }
  return "python3";
}

// The exit status; an error where it cannot be started.
Result<int> run_program(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, pointers[0], nullptr, nullptr, pointers.data(), environ) != 0)
    return Error{fmt::format("`sources add` needs Python with pip, or uv, and {} cannot be started",
                             quoted_name(arguments.front()))};
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return Error{"what fetches the sources was lost sight of"};
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : static_cast<int>(kNotAnalysed);
}

Result<int> add_sources(std::span<const std::string> words) {
  const Result<std::vector<Requirement>> requirements = requirements_in(words);
  if (!requirements.ok()) return requirements.error();
  if (requirements->empty()) return Error{"`sources add` takes packages: `ckptlint sources add transformers==4.57.6`"};
  const fs::path cache = cache_of_sources();
  if (cache.empty()) return Error{"there is no place for sources: neither HOME nor XDG_CACHE_HOME is set"};
  std::vector<std::string> arguments = {python_to_start(), "-I", "-c", kFetchWheels, cache.string()};
  for (const Requirement& each : *requirements) arguments.push_back(each.text());
  return run_program(std::move(arguments));
}

// "sentence-transformers" is sentence_transformers in the name of a wheel.
std::string as_wheels_have_it(std::string package) {
  std::replace_if(
      package.begin(), package.end(), [](char c) { return c == '-' || c == '.'; }, '_');
  return package;
}

// Leaves the other rows of SHA256SUMS as they are.
void forget_hash(const fs::path& wheel) {
  std::map<std::string, std::string> hashes = recorded_hashes(wheel.parent_path());
  if (hashes.erase(wheel.filename().string()) == 0) return;
  std::ofstream file(wheel.parent_path() / kHashesFile);
  for (const auto& [name, hash] : hashes) file << hash << "  " << name << "\n";
}

Result<int> remove_sources(std::span<const std::string> words, std::ostream& out) {
  const Result<std::vector<Requirement>> requirements = requirements_in(words);
  if (!requirements.ok()) return requirements.error();
  if (requirements->empty())
    return Error{"`sources remove` takes packages: `ckptlint sources remove transformers==4.57.6`"};
  const std::vector<KeptWheel> wheels = wheels_in(cache_of_sources());
  std::vector<KeptWheel> chosen;
  for (const Requirement& each : *requirements) {
    const std::size_t before = chosen.size();
    std::copy_if(wheels.begin(), wheels.end(), std::back_inserter(chosen), [&](const KeptWheel& wheel) {
      return wheel.package == as_wheels_have_it(each.package) &&
             (each.version.empty() || is_same_version(wheel.version, each.version));
    });
    if (chosen.size() == before)
      return Error{fmt::format("{} was not fetched; `ckptlint sources list` has what was", quoted_name(each.text()))};
  }
  for (const KeptWheel& wheel : chosen) {
    std::error_code failure;
    fs::remove(wheel.path, failure);
    if (failure)
      return Error{fmt::format("{} cannot be removed: {}", quoted_name(wheel.path.string()), failure.message())};
    forget_hash(wheel.path);
    out << "removed " << printable(wheel.path.string()) << "\n";
  }
  return static_cast<int>(kNothingFound);
}

Result<int> list_sources(std::span<const std::string> words, const SourcesFormat& format, std::ostream& out) {
  if (!words.empty()) return Error{fmt::format("`sources list` takes no {}", quoted_name(words.front()))};
  const std::vector<ListedSource> sources = listed_sources();
  format.write(sources, out);
  const bool sound =
      std::all_of(sources.begin(), sources.end(), [](const ListedSource& each) { return each.damage.empty(); });
  return static_cast<int>(sound ? kNothingFound : kFindings);
}

std::function<int(const Streams&)> prepare_sources(OptionTable& table) {
  const auto options = std::make_shared<SourcesOptions>();
  table.arguments(options->what, {.name = "ACTION",
                                  .words = {{"list", "what is there"},
                                            {"add", "fetch packages, PACKAGE or PACKAGE==VERSION, with pip or uv"},
                                            {"remove", "remove what was fetched"}}});
  add_output_options(table, options->output, names_of(kSourcesFormats));
  return [options](const Streams& streams) { return run_sources(*options, streams.out, streams.err); };
}

}  // namespace

extern const Command sources_command;
constexpr Command sources_command{"sources", "[ACTION [PACKAGE...]]",
                                  "releases of libraries to check against: list, add PACKAGE==VERSION, remove",
                                  prepare_sources};

int run_sources(const SourcesOptions& options, std::ostream& out, std::ostream& err) {
  const auto result = [&]() -> Result<int> {
    const SourcesFormat* format = find_format(kSourcesFormats, options.output.format);
    if (format == nullptr) return Error{no_such_format("sources", names_of(kSourcesFormats), options.output.format)};
    const std::string action = options.what.empty() ? "list" : options.what.front();
    const std::span<const std::string> words = std::span(options.what).subspan(options.what.empty() ? 0 : 1);
    if (action == "list") return list_sources(words, *format, out);
    if (action == "remove") return remove_sources(words, out);
    out.flush();
    if (action == "add") return add_sources(words);
    return Error{fmt::format("`sources` has no action {}; it has list, add and remove", quoted_name(action))};
  }();
  if (result.ok()) return *result;
  err << "ckptlint: " << result.error().message << "\n";
  return kNotAnalysed;
}

}  // namespace ckptlint

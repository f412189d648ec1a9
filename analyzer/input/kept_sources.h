// Wheels of libraries that are there before anything is asked for: those that came with the program, and those that
// `ckptlint sources add` fetched.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ckptlint {

struct KeptWheel {
  std::string package;  // as its file has it: "sentence_transformers"
  std::string version;
  std::filesystem::path path;
};

// Whether two texts name one release: "5.23" and "5.23.0" do.
bool is_same_version(const std::string& a, const std::string& b);

// The running program's own file; empty where the system does not tell.
std::filesystem::path program_file();

// Where wheels came with the program: beside it in a build folder, in share/ckptlint of an installation.
std::vector<std::filesystem::path> carried_folders();

// Where `ckptlint sources add` puts them: ckptlint/sources in $XDG_CACHE_HOME, or else in ~/.cache; empty where neither
// is known.
std::filesystem::path cache_of_sources();
// In that folder, the file with the SHA-256 of each wheel, in the form that sha256sum reads.
inline constexpr const char* kHashesFile = "SHA256SUMS";

// The wheels in a folder, by package and then by version, the oldest first.  None where there is no folder.
std::vector<KeptWheel> wheels_in(const std::filesystem::path& folder);

// Of every version that is there one, the oldest first.
std::vector<KeptWheel> kept_wheels(const std::string& package);

// The one of that version, or without one the newest, of those that came with the program; else, of those in the cache.
std::optional<KeptWheel> kept_wheel(const std::string& package, const std::string& version = "");

}  // namespace ckptlint

// From the options of the command line to the source that a model is built from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "graph/source_roots.h"
#include "input/options.h"

namespace ckptlint {

// The source trees to evaluate with: those given, else the Python environment named by VIRTUAL_ENV or CONDA_PREFIX or
// found on PATH (folders are looked at, nothing is started), else a kept wheel (kept_sources.h); with --transformers,
// the first of these that is of that version.  Perhaps without one of transformers; an error where one cannot be
// opened, or none is of that version.
Result<std::vector<SourceTree>> sources_for(const ModelOptions& options);

// The transformers of the Python environment that sources_for() looks at.
struct InstalledLibrary {
  std::string folder;  // its site-packages
  std::string version;
};
std::optional<InstalledLibrary> installed_transformers();

// The source of PEFT, which an adapter needs besides: in a site-packages folder among those given, else in the Python
// environment, else a wheel beside one that was given, else a kept one.  Nothing where there is none.
std::optional<SourceTree> peft_source(const ModelOptions& options);
// The same of sentence-transformers, which a repo with modules.json needs.
inline constexpr const char* kSentenceTransformers = "sentence_transformers";
std::optional<SourceTree> sentence_transformers_source(const ModelOptions& options);
// The same of diffusers, which its own repos need.
std::optional<SourceTree> diffusers_source(const ModelOptions& options);

// The wheel of that release of transformers: beside the program, or in the folder of sources below the user's cache
// (XDG_CACHE_HOME, else ~/.cache).  An error where there is none.
Result<std::string> source_of_release(const std::string& version);

}  // namespace ckptlint

// `ckptlint sources`: the releases of libraries that are there to check against, fetching others, removing them.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "input/kept_sources.h"
#include "input/options.h"

namespace ckptlint {

struct SourcesOptions {
  std::vector<std::string> what;  // "list" (where there is none), or "add" or "remove" and packages behind it
  OutputOptions output;
};

// A release of a library that is there.
struct ListedSource {
  KeptWheel wheel;     // of an environment: its site-packages folder as the path
  std::string from;    // "environment", "program" or "cache"
  std::string damage;  // a clause; empty where it is as it was fetched
};

// In the order in which they are looked at.  Reads every wheel of the cache for its hash.
std::vector<ListedSource> listed_sources();
void print_sources_text(const std::vector<ListedSource>& sources, std::ostream& out);

// Returns an ExitStatus: kFindings where `list` finds a wheel that is not as it was fetched.
int run_sources(const SourcesOptions& options, std::ostream& out, std::ostream& err);

}  // namespace ckptlint

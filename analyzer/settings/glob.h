// Patterns of paths, as ignore files have them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace ckptlint {

// `*` and `?` stand for what is between slashes, `**` for whole folders, `[a-z]` and `[!a-z]` for a character, `{a,b}`
// for one of several; a backslash protects what follows.
class Glob {
 public:
  // The error is a clause: "has a `[` without a `]`".
  static Result<Glob> parse(std::string_view pattern);

  // All of `path`.
  bool matches(std::string_view path) const;

 private:
  explicit Glob(std::shared_ptr<const re2::RE2> expression) : expression_(std::move(expression)) {}
  std::shared_ptr<const re2::RE2> expression_;
};

// A path as a pattern that stands for itself.
std::string protected_from_glob(std::string_view path);

}  // namespace ckptlint

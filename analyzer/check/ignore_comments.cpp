// Reads comments that are meant for this program.
#include "check/ignore_comments.h"

#include <re2/re2.h>

#include <array>
#include <string_view>

#include "base/escape.h"
#include "base/nearest_word.h"
#include "base/split.h"
#include "python/syntax/comments.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostComments = 10'000;  // of a file
constexpr std::array<std::string_view, 2> kDirectives = {"ignore", "ignore-file"};

std::string without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r,:-";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

// Nothing for a comment that is not meant for this program.
bool read_comment(const python::Comment& comment, IgnoreComment& read) {
  static const RE2 directive(R"(#\s*ckptlint\s*:\s*([\w-]*)\s*(\[[^\]]*\]?)?(.*))");
  std::string word;
  std::string list;
  std::string rest;
  if (!RE2::PartialMatch(re2::StringPiece(comment.text.data(), comment.text.size()), directive, &word, &list, &rest))
    return false;
  read.first_line = comment.first_line;
  read.last_line = comment.last_line;
  read.whole_file = word == "ignore-file";
  read.reason = without_blanks(rest);
  if (word != "ignore" && word != "ignore-file") {
    read.defect = quoted_name(word) + " is nothing that a comment can say" + did_you_mean(word, kDirectives);
    return true;
  }
  if (!list.ends_with("]")) {
    read.defect = "it names no rules: `# ckptlint: " + word + "[rule]`";
    return true;
  }
  if (read.whole_file && !comment.before_code) read.defect = "`ignore-file` stands before all code of a file";
  const std::string_view names = std::string_view(list).substr(1, list.size() - 2);
  for (const std::string_view each : split(names, ',')) {
    if (std::string name = without_blanks(each); !name.empty()) read.rules.push_back(std::move(name));
  }
  if (read.rules.empty()) read.defect = "it names no rules: `# ckptlint: " + word + "[rule]`";
  return true;
}

}  // namespace

std::vector<IgnoreComment> ignore_comments(const SourceFiles& sources) {
  std::vector<IgnoreComment> found;
  for (std::size_t i = 0; i < sources.files.size(); ++i) {
    const SourceFile& file = sources.files[i];
    const std::string_view text = file.text;
    // Few files have any.
    if (!file.in_model_repo || text.find("ckptlint") == std::string_view::npos) continue;
    std::size_t count = 0;
    for (const python::Comment& comment : python::comments_in(text)) {
      IgnoreComment read;
      if (comment.text.find("ckptlint") == std::string_view::npos || !read_comment(comment, read)) continue;
      if (++count > kMostComments) break;
      const auto length = static_cast<std::uint32_t>(comment.text.size());
      read.span = {static_cast<FileId>(i), comment.line, comment.column, comment.line, comment.column + length};
      found.push_back(std::move(read));
    }
  }
  return found;
}

}  // namespace ckptlint

// What texts come out as that code puts together: asked of the evaluator, which knows the repo's own functions and
// nothing of the machine.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_tree.h"
#include "conduct/meaning.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

constexpr const char* kPackage = "transformers_modules.repo";  // that the code is imported as

class Calculator {
 public:
  // `runs_modules`: what the repo's own statements bind is asked for too.
  Calculator(const FileTreePtr& repo, bool runs_modules);

  python::Interpreter& in() { return *in_; }
  // The limit that was reached, after which nothing is known any more; null: none.
  const char* exhausted() const { return exhausted_; }

  // Each gives nothing where the answer is not known.
  std::optional<Meaning> global(CodeFile& file, python::Str* name);
  std::optional<Meaning> binary(python::Operator op, const Meaning& left, const Meaning& right);
  std::optional<Meaning> compare(python::Operator op, const Meaning& left, const Meaning& right);
  std::optional<Meaning> item(const Meaning& object, const Meaning& key);
  std::optional<Meaning> slice(const Meaning& object, const python::Value& key);
  std::optional<Meaning> formatted(const Meaning& value, std::string_view spec);
  // A pure function of Python's own, by its dotted name.
  std::optional<Meaning> call(const std::string& function, const std::vector<python::Value>& arguments);
  std::optional<Meaning> call_method(const python::Value& receiver, const std::string& method,
                                     const std::vector<python::Value>& arguments);
  // A top-level function of the repo.
  std::optional<Meaning> call_own(CodeFile& file, const std::string& function,
                                  const std::vector<python::Value>& arguments);
  // An expression as text, with these locals.
  std::optional<Meaning> evaluate(CodeFile& file, std::string_view text,
                                  const std::vector<std::pair<python::Str*, python::Value>>& locals);
  // Elements of what is known; at most `most`.
  std::optional<std::vector<python::Value>> elements(const python::Value& of, std::size_t most);

 private:
  python::Module* module_of(CodeFile& file);
  bool has_memory();
  std::optional<Meaning> meaning_of(const python::Value& value);
  python::Value called(const python::Value& callee, std::vector<python::Value> arguments);
  template <typename Question>
  std::optional<Meaning> ask(const Question& question);
  template <typename Work>
  auto within_budget(const Work& work) -> std::optional<decltype(work())>;

  std::unique_ptr<python::Interpreter> in_;
  bool runs_modules_;
  const char* exhausted_ = nullptr;
};

// base64, binascii, codecs and zlib: what hides a text.
void install_decoders(python::Interpreter& in);

}  // namespace ckptlint

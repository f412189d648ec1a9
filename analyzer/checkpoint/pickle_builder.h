// What reading a pickle builds up: values, the stack that its instructions work on, and the memo.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "checkpoint/pickle.h"

namespace ckptlint {

// Instructions that ask for what is not there, or go beyond the limits, fail: the first problem is kept in the pickle,
// and what follows has no meaning but does no harm.
class PickleBuilder {
 public:
  PickleBuilder(const PickleLimits& limits, Pickle& out) : limits_(limits), out_(out) {}

  void begin_instruction(std::uint64_t offset) { instruction_ = offset; }
  void fail(std::string why);
  bool failed() const { return !out_.problem_.empty(); }

  // Values, each new one on the stack
  void push_none() { push(constant(PickleKind::kNone, 0, none_)); }
  void push_bool(bool value) { push(constant(PickleKind::kBool, value ? 1 : 0, value ? true_ : false_)); }
  void push_int(std::int64_t number) { push(made(PickleKind::kInt, number)); }
  void push_unknown(PickleKind kind) { push(made(kind)); }  // kFloat, kOther: of which only the kind is kept
  void push_text(std::string_view text) { push(made_text(PickleKind::kText, text)); }
  void push_global(std::string_view module, std::string_view name);
  // Of the last values, which leave the stack: of `count` of them, or of all since the last mark.
  void push_container(PickleKind kind, std::size_t count) { push(made_of(kind, popped(count))); }
  void push_container_since_mark(PickleKind kind) { push(made_of(kind, popped_to_mark())); }

  // The stack
  void mark();
  void push_again() { push(top()); }
  void drop();  // a mark too, if nothing was pushed since
  void drop_to_mark() { popped_to_mark(); }
  PickleId popped();

  // Calls and containers below the values that they take
  void global_by_stack();                 // a module and a name become a global
  void call_with_keywords();              // a class, arguments, keyword arguments
  void call_since_mark();                 // a class and its arguments
  void call_with_arguments_since_mark();  // a global that was pushed last; its arguments lie before it
  void set_state();
  void add_items(std::size_t count) { add(popped(count)); }
  void add_items_since_mark() { add(popped_to_mark()); }

  void remember(std::uint64_t key);
  void remember_next() { remember(memo_.size() + far_memo_.size()); }
  void recall(std::uint64_t key);

 private:
  PickleId made(PickleKind kind, std::int64_t number = 0, std::uint32_t place = 0);
  PickleId made_of(PickleKind kind, std::vector<PickleId> items);
  PickleId made_text(PickleKind kind, std::string_view text);
  PickleId constant(PickleKind kind, std::int64_t number, std::optional<PickleId>& known);
  void push(PickleId id);
  void push_call(PickleId callee, std::vector<PickleId> arguments);
  void add(const std::vector<PickleId>& items);
  void append(PickleId target, const std::vector<PickleId>& items);
  void count_items(std::size_t count);
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  PickleId top();
  std::vector<PickleId> popped(std::size_t count);
  std::vector<PickleId> popped_to_mark();

  const PickleLimits& limits_;
  Pickle& out_;
  std::uint64_t instruction_ = 0;  // where the one being followed begins
  std::size_t items_ = 0;          // in all containers
  std::vector<PickleId> stack_;
  std::vector<std::size_t> marks_;  // sizes of the stack
  std::vector<PickleId> memo_;      // entries 0, 1, 2, ..., as writers number them
  std::unordered_map<std::uint32_t, PickleId> far_memo_;
  std::unordered_set<std::string> named_;
  std::optional<PickleId> none_;
  std::optional<PickleId> true_;
  std::optional<PickleId> false_;
};

}  // namespace ckptlint

// The stack, the memo and the values of a pickle while it is read, within limits that no honest file reaches.
#include "checkpoint/pickle_builder.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <utility>

namespace ckptlint {
namespace {

// Modules of Python 2 under their present names, as unpicklers look them up.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kRenamedModules = {
    {{"__builtin__", "builtins"}, {"copy_reg", "copyreg"}, {"StringIO", "io"}, {"cStringIO", "io"}}};

}  // namespace

void PickleBuilder::fail(std::string why) {
  if (out_.problem_.empty()) out_.problem_ = std::move(why) + fmt::format(" (byte {})", instruction_);
}

// Values

PickleId PickleBuilder::made(PickleKind kind, std::int64_t number, std::uint32_t place) {
  if (out_.values_.size() >= limits_.values) {
    fail(fmt::format("it builds more than {} values", limits_.values));
    return PickleId{};
  }
  out_.values_.push_back({kind, place, number});
  return static_cast<PickleId>(out_.values_.size() - 1);
}

PickleId PickleBuilder::made_of(PickleKind kind, std::vector<PickleId> items) {
  if (out_.containers_.size() >= limits_.containers) {
    fail(fmt::format("it builds more than {} containers", limits_.containers));
    return PickleId{};
  }
  count_items(items.size());
  out_.containers_.push_back(std::move(items));
  return made(kind, 0, static_cast<std::uint32_t>(out_.containers_.size() - 1));
}

PickleId PickleBuilder::made_text(PickleKind kind, std::string_view text) {
  if (out_.texts_.size() + text.size() > std::numeric_limits<std::uint32_t>::max()) {
    fail("its texts are too long");
    return PickleId{};
  }
  const auto place = static_cast<std::uint32_t>(out_.texts_.size());
  out_.texts_ += text;
  return made(kind, static_cast<std::int64_t>(text.size()), place);
}

PickleId PickleBuilder::constant(PickleKind kind, std::int64_t number, std::optional<PickleId>& known) {
  if (!known) known = made(kind, number);
  return *known;
}

void PickleBuilder::count_items(std::size_t count) {
  items_ += count;
  if (items_ > limits_.items) fail(fmt::format("its containers have more than {} items", limits_.items));
}

void PickleBuilder::push_global(std::string_view module, std::string_view name) {
  for (const auto& [old, present] : kRenamedModules) {
    if (module == old) module = present;
  }
  const std::string full = fmt::format("{}.{}", module, name);
  if (named_.size() < limits_.globals && named_.insert(full).second) out_.globals_.push_back({instruction_, full});
  push(made_text(PickleKind::kGlobal, full));
}

// The stack

void PickleBuilder::push(PickleId id) {
  if (stack_.size() >= limits_.items) fail(fmt::format("its stack has more than {} items", limits_.items));
  if (!failed()) stack_.push_back(id);
}

PickleId PickleBuilder::top() {
  if (stack_.size() > floor()) return stack_.back();
  fail("it takes from an empty stack");
  if (out_.values_.empty()) out_.values_.push_back({});
  return PickleId{};
}

PickleId PickleBuilder::popped() {
  const PickleId id = top();
  if (stack_.size() > floor()) stack_.pop_back();
  return id;
}

std::vector<PickleId> PickleBuilder::popped(std::size_t count) {
  if (stack_.size() - floor() < count) {
    fail("it takes from an empty stack");
    return {};
  }
  std::vector<PickleId> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
  stack_.resize(stack_.size() - count);
  return items;
}

std::vector<PickleId> PickleBuilder::popped_to_mark() {
  if (marks_.empty()) {
    fail("it has no mark where one is due");
    return {};
  }
  const std::size_t begin = marks_.back();
  marks_.pop_back();
  std::vector<PickleId> items(stack_.begin() + static_cast<std::ptrdiff_t>(begin), stack_.end());
  stack_.resize(begin);
  return items;
}

void PickleBuilder::mark() {
  marks_.push_back(stack_.size());
  if (marks_.size() > limits_.containers) fail("it nests too deeply");
}

void PickleBuilder::drop() {
  if (!marks_.empty() && stack_.size() == marks_.back()) {
    marks_.pop_back();
  } else {
    popped();
  }
}

// Calls and containers

void PickleBuilder::push_call(PickleId callee, std::vector<PickleId> arguments) {
  const PickleId tuple = made_of(PickleKind::kTuple, std::move(arguments));
  push(made_of(PickleKind::kCall, {callee, tuple}));
}

void PickleBuilder::global_by_stack() {
  const std::vector<PickleId> names = popped(2);
  if (names.size() == 2) push_global(std::string(out_.text(names[0])), std::string(out_.text(names[1])));
}

void PickleBuilder::call_with_keywords() {
  std::vector<PickleId> parts = popped(3);
  if (parts.size() == 3) parts.pop_back();
  push(made_of(PickleKind::kCall, std::move(parts)));
}

void PickleBuilder::call_since_mark() {
  const std::vector<PickleId> parts = popped_to_mark();
  if (parts.empty()) return fail("an object has no class");
  push_call(parts.front(), {parts.begin() + 1, parts.end()});
}

void PickleBuilder::call_with_arguments_since_mark() {
  const PickleId callee = popped();
  push_call(callee, popped_to_mark());
}

// The state goes to the call that made the object; objects that no call made (a list, say) keep none.
void PickleBuilder::set_state() {
  const std::vector<PickleId> state = popped(1);
  const PickleId target = top();
  if (state.empty() || out_.value(target).kind != PickleKind::kCall) return;
  const PickleId wrapped = made_of(PickleKind::kTuple, state);
  append(target, {wrapped});
}

// Items for the container at the top of the stack.  A call may have made it, as it makes an OrderedDict.
void PickleBuilder::add(const std::vector<PickleId>& items) {
  const PickleId target = top();
  switch (out_.value(target).kind) {
    case PickleKind::kList:
    case PickleKind::kDict:
    case PickleKind::kSet:
      return append(target, items);
    case PickleKind::kCall: {
      const PickleId dict = made_of(PickleKind::kDict, items);
      return append(target, {dict});
    }
    default:
      fail("items are added to what is no container");
  }
}

void PickleBuilder::append(PickleId target, const std::vector<PickleId>& items) {
  auto& all = out_.containers_[out_.values_[index(target)].place];
  count_items(items.size());
  all.insert(all.end(), items.begin(), items.end());
}

// The memo

void PickleBuilder::remember(std::uint64_t key) {
  if (key > std::numeric_limits<std::uint32_t>::max()) return fail("a memo key is no number");
  const PickleId value = top();
  if (key < memo_.size()) {
    memo_[key] = value;
  } else if (key == memo_.size() && far_memo_.empty() && key < limits_.items) {
    memo_.push_back(value);
  } else {
    far_memo_[static_cast<std::uint32_t>(key)] = value;
    if (far_memo_.size() > limits_.containers) fail("its memo is numbered with too many gaps");
  }
}

void PickleBuilder::recall(std::uint64_t key) {
  if (key < memo_.size()) return push(memo_[key]);
  const auto it = far_memo_.find(static_cast<std::uint32_t>(key));
  if (key > std::numeric_limits<std::uint32_t>::max() || it == far_memo_.end()) {
    return fail(fmt::format("there is no memo entry {}", key));
  }
  push(it->second);
}

}  // namespace ckptlint

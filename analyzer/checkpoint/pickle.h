// Python pickles, read as data: what would be built, without building it.  Nothing named in a pickle is looked up, and
// nothing is called; a call becomes a value that says which call.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ckptlint {

enum class PickleId : std::uint32_t {};
constexpr std::uint32_t index(PickleId id) { return static_cast<std::uint32_t>(id); }

enum class PickleKind : std::uint8_t {
  kNone,
  kBool,
  kInt,
  kFloat,
  kText,  // str, or bytes
  kTuple,
  kList,
  kSet,
  kDict,        // items: key, value, key, value, ...
  kGlobal,      // text: "module.name"
  kCall,        // items: what is called, its arguments (a tuple), and then in order what was done to the result: a dict
                // for each batch of items added, a tuple of one for each state set
  kPersistent,  // items: the id, which for torch is a storage's tuple
  kOther,       // integers beyond 64 bits, extension codes, buffers
};

// What a pickle builds.  Containers may contain themselves: whoever walks values bounds the depth.
struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  std::uint32_t place = 0;  // of kinds with items or text: where those are
  std::int64_t number = 0;  // of kBool and kInt; of kinds with text its length
};

// A global that the pickle names, in the order in which it does.
struct PickleGlobal {
  std::uint64_t offset = 0;  // of the instruction, in the pickle
  std::string name;          // "module.name", as Python 3 calls it
};

struct PickleLimits {
  std::uint32_t values = 2'500'000;
  std::uint32_t containers = 1'000'000;
  std::uint32_t items = 8'000'000;  // in all containers, and at once on the stack and in the memo
  std::uint32_t globals = 1000;     // distinct ones
};

class Pickle {
 public:
  // Reads one pickle, of any protocol up to 5, at the front of `bytes`.
  static Pickle read(std::string_view bytes, const PickleLimits& limits = {});

  // The value that it builds, where it was read to its end.
  std::optional<PickleId> root() const { return root_; }
  std::uint64_t size() const { return size_; }  // of the pickle; where it stopped, if there is no root
  // Why there is no root: a clause for people.
  const std::string& problem() const { return problem_; }
  bool ends_early() const { return ends_early_; }  // there is no root because the bytes end: more of them may help

  const std::vector<PickleGlobal>& globals() const { return globals_; }  // each name once, where it is named first
  // The first instruction that torch.load(weights_only=True) does not know, if there is one.
  std::optional<std::uint64_t> unusual_instruction() const { return unusual_; }

  std::size_t value_count() const { return values_.size(); }
  const PickleValue& value(PickleId id) const { return values_[index(id)]; }
  // Of every kind that has items; empty for others.
  std::span<const PickleId> items(PickleId id) const;
  // Of kText and kGlobal; empty for others.
  std::string_view text(PickleId id) const;
  bool is_global(PickleId id, std::string_view name) const {
    return value(id).kind == PickleKind::kGlobal && text(id) == name;
  }

 private:
  friend class PickleReader;
  friend class PickleBuilder;

  std::vector<PickleValue> values_;
  std::vector<std::vector<PickleId>> containers_;
  std::string texts_;  // all of them, one after the other
  std::vector<PickleGlobal> globals_;
  std::optional<PickleId> root_;
  std::optional<std::uint64_t> unusual_;
  std::uint64_t size_ = 0;
  std::string problem_;
  bool ends_early_ = false;
};

}  // namespace ckptlint

// A fact: a value, or the reason why it is not known.
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace ckptlint {

// A clause for people: lower-case start, no final stop.  Empty where nobody asked, so that there is nothing to say.
struct Unknown {
  std::string why;
};

// `T` may be a reference: to a value that lies elsewhere, and outlives the fact.
template <typename T>
class Known {
  static constexpr bool kBorrows = std::is_reference_v<T>;

 public:
  using Value = std::remove_reference_t<T>;

  Known() = default;
  Known(Unknown unknown) : state_(std::move(unknown)) {}
  Known(Value value) requires(!kBorrows) : state_(std::move(value)) {}
  Known(Value& value) requires kBorrows : state_(&value) {}

  explicit operator bool() const { return std::holds_alternative<Held>(state_); }
  // Only of what is known.
  const Value& operator*() const { return value_in(state_); }
  auto& operator*() { return value_in(state_); }
  const Value* operator->() const { return &**this; }
  auto* operator->() { return &**this; }
  // Only of what is not known.
  const Unknown& unknown() const { return std::get<Unknown>(state_); }

 private:
  using Held = std::conditional_t<kBorrows, Value*, Value>;

  template <typename State>
  static auto& value_in(State& state) {
    if constexpr (kBorrows)
      return *std::get<Held>(state);
    else
      return std::get<Held>(state);
  }

  std::variant<Unknown, Held> state_;
};

}  // namespace ckptlint

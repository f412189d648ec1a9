// Dotted names, as many of them are said at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ckptlint {

// What stands between the dots; one empty component of an empty name.
std::vector<std::string_view> components_of(std::string_view name);

// Whether a component is one that a list gives its modules: 0, 1, 2, ... of at most nine digits.
bool is_index(std::string_view component);

// The name with every component that is a number replaced by "*": what repeated layers have in common.
std::string name_shape(std::string_view name);

// Names that differ in numbers alone said as one, "model.layers.{0..3,7}.scale", where every combination is there.  In
// the order of the first of each.
std::vector<std::string> folded_names(const std::vector<std::string>& names);

// The last component, and what is before it ("" if nothing is).
std::string_view leaf_of(std::string_view name);
std::string_view parent_of(std::string_view name);

// "`a`", "`a` and `b`", "`a`, `b` and 3 more": at most `most` of them, folded, and those that differ in one word alone
// said as one, "layers.{0..3}.{up_proj,down_proj}.weight".
std::string listed_names(const std::vector<std::string>& names, std::size_t most = 3);

// "taken as absent: the package `fla`, which the code asks for", of one or more.
std::string absence_text(const std::vector<std::string>& packages);
// "taken as installed: the package `einops`, without which the code is refused; nothing is known of what is in it"
std::string demand_text(const std::vector<std::string>& packages);

}  // namespace ckptlint

// Device maps: which device each part of a model goes to, what that leaves without a device, and why.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckptlint/dtype.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

// A number of bytes.  accelerate counts a bool as an eighth of a byte, so sizes are kept in eighths.
class Bytes {
 public:
  constexpr Bytes() = default;
  static constexpr Bytes whole(std::int64_t bytes) { return Bytes(bytes * 8); }
  static constexpr Bytes eighths(std::int64_t eighths) { return Bytes(eighths); }

  constexpr std::int64_t in_eighths() const { return eighths_; }
  constexpr bool is_whole() const { return eighths_ % 8 == 0; }
  constexpr std::int64_t rounded_up() const { return eighths_ / 8 + (eighths_ % 8 > 0 ? 1 : 0); }
  constexpr double value() const { return static_cast<double>(eighths_) / 8; }

  constexpr Bytes& operator+=(Bytes other) {
    eighths_ += other.eighths_;
    return *this;
  }
  constexpr Bytes& operator-=(Bytes other) {
    eighths_ -= other.eighths_;
    return *this;
  }
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return Bytes(a.eighths_ + b.eighths_); }
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return Bytes(a.eighths_ - b.eighths_); }
  friend constexpr auto operator<=>(Bytes, Bytes) = default;  // NOLINT(modernize-use-nullptr): misread by clang-tidy 14

 private:
  explicit constexpr Bytes(std::int64_t eighths) : eighths_(eighths) {}
  std::int64_t eighths_ = 0;
};

// For people: "5.9 GiB", "640 B"; at most so many digits behind the point, without final zeros.
std::string human_size(Bytes size, int digits = 1);

// No model or budget may be larger (a pebibyte and more): below it every sum and product here is exact.
constexpr Bytes kMostBytes = Bytes::whole(std::int64_t{1} << 50);

// What elements of that type and shape take; kMostBytes where that is more.
Bytes storage_of(Dtype dtype, std::span<const std::int64_t> shape);
// The sum; kMostBytes where that is more.  Of what nobody has checked to be less.
constexpr Bytes bounded_sum(Bytes a, Bytes b) {
  const Bytes sum = (a < kMostBytes ? a : kMostBytes) + (b < kMostBytes ? b : kMostBytes);
  return sum < kMostBytes ? sum : kMostBytes;
}

enum class DeviceKind : std::uint8_t { kAccelerator, kMps, kCpu, kDisk };

// A device as the libraries' maps name it: 0, 1, ... (any accelerator with an index), "mps", "cpu", "disk".
struct Device {
  DeviceKind kind = DeviceKind::kAccelerator;
  std::int32_t index = 0;  // of an accelerator; 0 for the others

  static constexpr Device accelerator(std::int32_t index) { return {DeviceKind::kAccelerator, index}; }
  static constexpr Device mps() { return {DeviceKind::kMps, 0}; }
  static constexpr Device cpu() { return {DeviceKind::kCpu, 0}; }
  static constexpr Device disk() { return {DeviceKind::kDisk, 0}; }

  // Neither host memory nor disk.
  constexpr bool is_accelerated() const { return kind == DeviceKind::kAccelerator || kind == DeviceKind::kMps; }
  friend constexpr bool operator==(Device, Device) = default;
  // The 0 that clang-tidy 14 would have as nullptr is one that the compiler writes.
  friend constexpr auto operator<=>(Device, Device) = default;  // NOLINT(modernize-use-nullptr)
};

// "0", "mps", "cpu", "disk".
std::string name_of(Device device);

struct Budget {
  Device device;
  Bytes bytes;
  friend bool operator==(const Budget&, const Budget&) = default;
};

// One key of a device map.  At most one of `module` and `tensor` is set; neither is, where a given map names nothing
// in the model.
struct DeviceMapEntry {
  std::string name;  // dotted; "" is the whole model
  Device device;
  ModuleId module = ModuleId::kNone;
  TensorId tensor = TensorId::kNone;
};

// In the order of the library's dict, names distinct.  A name covers everything below it.
struct DeviceMap {
  std::vector<DeviceMapEntry> entries;
};

// How device_map="..." asks for a map.
enum class MapMode : std::uint8_t { kAuto, kBalanced, kBalancedLow0, kSequential };
std::string_view name_of(MapMode mode);
std::optional<MapMode> map_mode_of_name(std::string_view name);

// Why a tensor is in the state dict but under no key of the map.
enum class LossCause : std::uint8_t {
  kDroppedOnSplit,  // a direct buffer of `split`, which did not fit on `device`: its split kept parameters and children
  kSharedName,      // `split` holds the same child or tensor under two names, and a split keeps the first alone
  kLeftOut,         // deliberately: transformers' _no_placement_params
  kNotCovered,      // a given map that does not name it
  kLeftBehind,      // the same of a buffer outside the state dict: no check looks at it, and it stays on the CPU
};

// One tensor without a device.
struct LostTensor {
  TensorId tensor = TensorId::kNone;
  LossCause cause = LossCause::kNotCovered;
  ModuleId split = ModuleId::kNone;  // the module whose split lost it; the root (row 0) is always taken apart
  // Where `split` did not fit, and by how much; absent for the root and where nothing was too large.
  std::optional<Device> device;
  Bytes needed;     // its size, and that of what is tied to it
  Bytes available;  // what was left there, the reserve for the largest layer taken off; may be negative
};

// An exception that the library itself ends in on this input.
struct LibraryCrash {
  std::string exception;  // the type: "IndexError", "KeyError", ...
  std::string function;   // the library function that raises it
  std::string reason;     // one sentence for people
};

// Tied parameters whose names are on more than one device.
struct TieApart {
  std::vector<std::string> names;  // of the group, sorted
  std::vector<Device> devices;     // of each of them
  bool untied_if_stored = false;   // where all of them are stored, this release takes them for separate tensors
};

// What comes of tied parameters that are on disk under all their names, by release.
enum class DiskTieFate : std::uint8_t {
  kFine,
  kNotCompared,  // their values are compared before they are tied, and what is on disk has none: NotImplementedError
  kNoSuchKey,    // the first forward looks for a name that is not stored: KeyError
  kOtherTensor,  // it takes another offloaded tensor for the one that it looks for
};

struct TieOnDisk {
  std::vector<std::string> names;  // of the group, sorted
  DiskTieFate one_stored = DiskTieFate::kFine, all_stored = DiskTieFate::kFine;
};

struct PlacementNotes {
  // Buffers of modules on cpu or disk stay with the accelerator while it works, and this much fits on none.
  std::optional<Bytes> offloaded_buffers;
  // Groups of tied parameters that end up on more than one device (transformers 5 alone looks).
  std::uint32_t tied_apart = 0;
  // Devices that were passed over empty, with the memory that the first refused module would have needed.
  std::vector<Budget> minimum_memory;
};

// What the final map puts on one device.
struct DeviceLoad {
  Device device;
  std::optional<Bytes> budget;  // as given; none for disk
  std::optional<Bytes> target;  // as balanced and as a quantizer leaves it: what the placement was allowed to use
  Bytes used;                   // each tensor once, however many names it has
  std::uint32_t tensors = 0;
};

enum class StepKind : std::uint8_t {
  kPlaced,      // the module, and what is tied to it, fits
  kSplit,       // too large: replaced by its parameters and children
  kSplitTied,   // fits without its ties: `other`, which holds one of them, is replaced by its parts
  kNextDevice,  // too large and not to be split: nothing more goes to this device
  kFellBack,    // nothing was on the device yet: `other`, which is smaller, goes first
  kTookApart,   // transformers: placed tensor by tensor, without the _no_placement_params
};

// One step of the imitated loop.  `module` or `tensor` is what was looked at, `other` what a step acted on instead.
struct PlacementStep {
  StepKind kind = StepKind::kPlaced;
  Device device;
  ModuleId module = ModuleId::kNone;
  TensorId tensor = TensorId::kNone;
  ModuleId other = ModuleId::kNone;
  TensorId other_tensor = TensorId::kNone;
  Bytes needed;                      // size with ties
  std::optional<Bytes> available;    // none on disk
  Bytes reserved;                    // of the device's budget, for the largest layer still to come
  std::vector<ModuleId> tied_along;  // kPlaced: what went along because of ties
  std::vector<TensorId> dropped;     // kSplit, kSplitTied: persistent tensors that no part of the split carries
};

// The answer to one question.  With `crash` set, nothing else is meaningful but `trace`.
struct Placement {
  std::vector<Budget> targets;  // balanced budgets, in the library's order of devices
  DeviceMap map;
  std::vector<LostTensor> unplaced;  // in the order of the state dict
  // Of a map given by hand alone: buffers outside the state dict that it leaves on the CPU, in the order of the graph.
  std::vector<LostTensor> left_behind;
  std::vector<TieApart> ties_apart;     // of a map given by hand, or made by transformers 5
  std::vector<TieOnDisk> ties_on_disk;  // likewise
  PlacementNotes notes;
  std::optional<LibraryCrash> crash;
  std::vector<DeviceLoad> loads;     // in the order of devices, disk only if used
  std::vector<PlacementStep> trace;  // when asked for
};

// ---- Budgets at which something is lost ---------------------------------------------------------------------------

// Equal budgets, both ends included, throughout which the same thing happens.
struct BudgetRange {
  Bytes from;
  std::optional<Bytes> to;  // none: without end
};

struct LossRange {
  BudgetRange budget;          // per device
  std::vector<TensorId> lost;  // by every budget of the range or some of them; sorted, distinct
  bool spills = false;         // some budget of the range also sends tensors to cpu or disk
};

struct CutRange {
  BudgetRange budget;               // per device
  std::vector<std::uint32_t> sums;  // of those asked about, that some budget of the range takes apart; sorted, distinct
};

// What happens with `devices` equal devices, over all budgets from `searched.from` on.
struct Witness {
  std::uint32_t devices = 0;
  BudgetRange searched;
  std::vector<LossRange> losses;  // ascending, disjoint, not adjacent
  std::vector<CutRange> cuts;     // likewise
  // Likewise, where nothing spills and a block that is to stay whole lies on several devices, tensor by tensor.
  std::vector<BudgetRange> apart;
  // The smallest budget that puts everything on the accelerators and loses nothing.
  std::optional<Bytes> smallest_working;
  // From here on nothing is lost any more.
  std::optional<Bytes> safe_from;
  // Budgets at which the library crashes instead of answering.
  std::vector<BudgetRange> crashes;
  // False where the search gave up at its limit: `losses` then holds for budgets up to `searched.to` alone.
  bool complete = true;
};

// ---- A map that works ---------------------------------------------------------------------------------------------

// A complete map: every tensor has a device, no no-split block is cut, ties stay together, every budget is kept.
struct SuggestedMap {
  DeviceMap map;
  std::vector<DeviceLoad> loads;
  bool spills = false;         // something had to go to cpu or disk
  bool in_whole_items = true;  // no item of a ModuleList had to be cut either
};

}  // namespace ckptlint

// A model as it is drawn: its blocks, where device maps put them budget by budget, and its modules.  Plain values,
// filled by check/picture.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ckptlint {

// A module or tensor that each of the maps puts on one device as a whole, or nowhere.
struct PictureBlock {
  std::string name;             // dotted
  std::string class_name;       // of a tensor, its kind
  double bytes = 0;             // each tensor where it counts
  std::uint32_t whole = kNone;  // blocks of one number are parts of something that is to stay whole

  static constexpr std::uint32_t kNone = 0xffffffff;
};

// Two blocks that hold the same tensor under two names.
struct PictureTie {
  std::size_t from = 0, to = 0;  // blocks
  std::string first, second;     // the tensor's names
};

struct PictureDevice {
  std::string name;              // "0", "cpu"
  std::optional<double> budget;  // bytes; none for disk, where there is no limit, and where the budget moves
  bool moved = false;            // its budget is the one that moves
};

// What holds from one budget to another, both included.
struct PictureRange {
  double from = 0;
  std::optional<double> to;           // none: without end
  std::string raises;                 // "ValueError: why", where the library raises; then nothing below is meaningful
  std::vector<std::uint32_t> places;  // by block: its device; PictureBlock::kNone: nowhere
  std::vector<double> used;           // bytes, by device
  std::vector<std::string> lost;      // names of tensors without a device, in the order of the state dict
};

// The maps of one moving budget, or one map alone.
struct PictureSweep {
  std::string name;                    // "2 accelerators with equal budgets", "device 0, the others as asked"
  std::vector<PictureDevice> devices;  // in the order of the library
  std::vector<PictureRange> ranges;    // ascending, adjacent; one without a moving budget
  bool complete = true;                // false: not searched above the last range
  double shown_budget = 0;             // the moving one, where the drawing begins
  std::size_t shown = 0;               // the range that it lies in

  bool moves() const;
  // Of one of its devices, where the moving budget is so large; none where there is no limit.
  std::optional<double> limit(std::size_t device, double budget) const;
};

// A line of the module tree.
struct PictureRow {
  int depth = 0;
  std::string name;          // the last component; "0..31" of equal neighbours
  std::string class_name;    // of a module
  std::size_t count = 1;     // of equal neighbours
  std::string shape, dtype;  // of a tensor: "4096 x 4096", "bfloat16"
  bool is_tensor = false;
  double bytes = 0;   // of one of equal neighbours, with what is below
  std::string state;  // of a tensor: "stored", "missing", "not saved", "tied to ..."; empty where it is not known
  // The blocks that it lies in or that lie in it, [first, end); equal where it has no place of its own.
  std::size_t first_block = 0, end_block = 0;
};

struct ModelPicture {
  std::string variant;               // which release and placement, where there are several; else empty
  std::string title;                 // "Gemma4ForConditionalGeneration: 9.5 GiB"
  std::string asked;                 // whose map it is
  std::vector<PictureBlock> blocks;  // in order of execution
  std::vector<PictureTie> ties;
  std::vector<PictureSweep> sweeps;  // the first is drawn first; empty where there is no map
  std::string no_map;                // why there is none: a clause
  std::vector<PictureRow> rows;
  std::size_t rows_left_out = 0;
};

// What is to stay whole (PictureBlock::whole), and lies on several devices.
std::set<std::uint32_t> cut_wholes(const ModelPicture& picture, const PictureRange& range);
// The memory of the host, or its disk.
bool is_host(const PictureDevice& device);
// "5.9 GiB".
std::string bytes_text(double bytes, int digits = 1);

}  // namespace ckptlint

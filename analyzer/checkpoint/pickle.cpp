// Follows the instructions of a pickle as an unpickler would, and notes what they would build without building it.
#include "checkpoint/pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/little_endian.h"
#include "checkpoint/pickle_builder.h"

namespace ckptlint {
namespace {

// The instructions by their bytes, named as in Python's pickletools.
// clang-format off
enum class Op : std::uint8_t {
  kMark = '(', kStop = '.', kPop = '0', kPopMark = '1', kDup = '2', kFloat = 'F', kInt = 'I', kBinInt = 'J',
  kBinInt1 = 'K', kLong = 'L', kBinInt2 = 'M', kNone = 'N', kPersId = 'P', kBinPersId = 'Q', kReduce = 'R',
  kString = 'S', kBinString = 'T', kShortBinString = 'U', kUnicode = 'V', kBinUnicode = 'X', kAppend = 'a',
  kBuild = 'b', kGlobal = 'c', kDict = 'd', kAppends = 'e', kGet = 'g', kBinGet = 'h', kInst = 'i',
  kLongBinGet = 'j', kList = 'l', kObj = 'o', kPut = 'p', kBinPut = 'q', kLongBinPut = 'r', kSetItem = 's',
  kTuple = 't', kSetItems = 'u', kEmptyDict = '}', kEmptyList = ']', kEmptyTuple = ')', kBinFloat = 'G',
  kBinBytes = 'B', kShortBinBytes = 'C',
  kProto = 0x80, kNewObj = 0x81, kExt1 = 0x82, kExt2 = 0x83, kExt4 = 0x84, kTuple1 = 0x85, kTuple2 = 0x86,
  kTuple3 = 0x87, kNewTrue = 0x88, kNewFalse = 0x89, kLong1 = 0x8a, kLong4 = 0x8b, kShortBinUnicode = 0x8c,
  kBinUnicode8 = 0x8d, kBinBytes8 = 0x8e, kEmptySet = 0x8f, kAddItems = 0x90, kFrozenSet = 0x91, kNewObjEx = 0x92,
  kStackGlobal = 0x93, kMemoize = 0x94, kFrame = 0x95, kByteArray8 = 0x96, kNextBuffer = 0x97, kReadOnlyBuffer = 0x98,
};
// clang-format on

// What the unpickler behind torch.load(weights_only=True) knows, in torch 2.13.
constexpr std::array kUsual = {
    Op::kGlobal,     Op::kNewObj,  Op::kReduce,     Op::kBuild,      Op::kAppend,         Op::kAppends,   Op::kSetItem,
    Op::kSetItems,   Op::kMark,    Op::kTuple,      Op::kTuple1,     Op::kTuple2,         Op::kTuple3,    Op::kNone,
    Op::kNewFalse,   Op::kNewTrue, Op::kEmptyTuple, Op::kEmptyList,  Op::kEmptyDict,      Op::kEmptySet,  Op::kBinInt,
    Op::kBinInt1,    Op::kBinInt2, Op::kBinFloat,   Op::kBinUnicode, Op::kShortBinString, Op::kBinPersId, Op::kBinGet,
    Op::kLongBinGet, Op::kBinPut,  Op::kLongBinPut, Op::kLong1,      Op::kProto,          Op::kStop,
};
}  // namespace

// Follows the instructions from front to back.
class PickleReader {
 public:
  PickleReader(std::string_view bytes, const PickleLimits& limits, Pickle& out)
      : bytes_(bytes), out_(out), builder_(limits, out) {}

  void run() {
    while (!stopped_ && !builder_.failed()) {
      builder_.begin_instruction(at_);
      const std::size_t begin = at_;
      const std::string_view byte = take(1);
      if (byte.empty()) break;
      const auto op = static_cast<Op>(static_cast<unsigned char>(byte[0]));
      if (!out_.unusual_ && std::find(kUsual.begin(), kUsual.end(), op) == kUsual.end()) out_.unusual_ = begin;
      const bool known = number(op) || text(op) || container(op) || memo(op) || call(op) || other(op);
      if (!known) builder_.fail(fmt::format("there is no instruction {:#04x}", static_cast<unsigned>(op)));
    }
    out_.size_ = at_;
  }

 private:
  // clang-format off
  // Each of these follows an instruction of its group; false for others.

  bool number(Op op) {
    switch (op) {
      case Op::kNone: return builder_.push_none(), true;
      case Op::kNewTrue: return builder_.push_bool(true), true;
      case Op::kNewFalse: return builder_.push_bool(false), true;
      case Op::kBinInt: return builder_.push_int(static_cast<std::int32_t>(fixed(4))), true;
      case Op::kBinInt1: return builder_.push_int(static_cast<std::int64_t>(fixed(1))), true;
      case Op::kBinInt2: return builder_.push_int(static_cast<std::int64_t>(fixed(2))), true;
      case Op::kLong1: return push_long(take(fixed(1))), true;
      case Op::kLong4: return push_long(take(fixed(4))), true;
      case Op::kInt:
      case Op::kLong: return push_written(line()), true;
      case Op::kFloat: return line(), builder_.push_unknown(PickleKind::kFloat), true;
      case Op::kBinFloat: return take(8), builder_.push_unknown(PickleKind::kFloat), true;
      default: return false;
    }
  }

  bool text(Op op) {
    switch (op) {
      case Op::kShortBinString:
      case Op::kShortBinBytes:
      case Op::kShortBinUnicode: return builder_.push_text(take(fixed(1))), true;
      case Op::kBinString:
      case Op::kBinBytes:
      case Op::kBinUnicode: return builder_.push_text(take(fixed(4))), true;
      case Op::kBinUnicode8:
      case Op::kBinBytes8:
      case Op::kByteArray8: return builder_.push_text(take(fixed(8))), true;
      case Op::kUnicode: return builder_.push_text(line()), true;
      case Op::kString: return builder_.push_text(without_quotes(line())), true;
      default: return false;
    }
  }

  bool container(Op op) {
    switch (op) {
      case Op::kEmptyTuple: return builder_.push_container(PickleKind::kTuple, 0), true;
      case Op::kEmptyList: return builder_.push_container(PickleKind::kList, 0), true;
      case Op::kEmptyDict: return builder_.push_container(PickleKind::kDict, 0), true;
      case Op::kEmptySet: return builder_.push_container(PickleKind::kSet, 0), true;
      case Op::kTuple1: return builder_.push_container(PickleKind::kTuple, 1), true;
      case Op::kTuple2: return builder_.push_container(PickleKind::kTuple, 2), true;
      case Op::kTuple3: return builder_.push_container(PickleKind::kTuple, 3), true;
      case Op::kTuple: return builder_.push_container_since_mark(PickleKind::kTuple), true;
      case Op::kList: return builder_.push_container_since_mark(PickleKind::kList), true;
      case Op::kDict: return builder_.push_container_since_mark(PickleKind::kDict), true;
      case Op::kFrozenSet: return builder_.push_container_since_mark(PickleKind::kSet), true;
      case Op::kAppend: return builder_.add_items(1), true;
      case Op::kSetItem: return builder_.add_items(2), true;
      case Op::kAppends:
      case Op::kSetItems:
      case Op::kAddItems: return builder_.add_items_since_mark(), true;
      default: return false;
    }
  }

  bool memo(Op op) {
    switch (op) {
      case Op::kBinPut: return builder_.remember(fixed(1)), true;
      case Op::kLongBinPut: return builder_.remember(fixed(4)), true;
      case Op::kPut: return builder_.remember(written(line())), true;
      case Op::kMemoize: return builder_.remember_next(), true;
      case Op::kBinGet: return builder_.recall(fixed(1)), true;
      case Op::kLongBinGet: return builder_.recall(fixed(4)), true;
      case Op::kGet: return builder_.recall(written(line())), true;
      default: return false;
    }
  }

  bool call(Op op) {
    switch (op) {
      case Op::kGlobal: return push_written_global(), true;
      case Op::kStackGlobal: return builder_.global_by_stack(), true;
      case Op::kReduce:
      case Op::kNewObj: return builder_.push_container(PickleKind::kCall, 2), true;
      case Op::kNewObjEx: return builder_.call_with_keywords(), true;
      case Op::kInst: return push_written_global(), builder_.call_with_arguments_since_mark(), true;
      case Op::kObj: return builder_.call_since_mark(), true;
      case Op::kBuild: return builder_.set_state(), true;
      case Op::kPersId: return builder_.push_text(line()), builder_.push_container(PickleKind::kPersistent, 1), true;
      case Op::kBinPersId: return builder_.push_container(PickleKind::kPersistent, 1), true;
      default: return false;
    }
  }

  bool other(Op op) {
    switch (op) {
      case Op::kMark: return builder_.mark(), true;
      case Op::kPop: return builder_.drop(), true;
      case Op::kPopMark: return builder_.drop_to_mark(), true;
      case Op::kDup: return builder_.push_again(), true;
      case Op::kProto: return take(1), true;
      case Op::kFrame: return take(8), true;
      case Op::kExt1: return take(1), builder_.push_unknown(PickleKind::kOther), true;
      case Op::kExt2: return take(2), builder_.push_unknown(PickleKind::kOther), true;
      case Op::kExt4: return take(4), builder_.push_unknown(PickleKind::kOther), true;
      case Op::kNextBuffer: return builder_.push_unknown(PickleKind::kOther), true;
      case Op::kReadOnlyBuffer: return true;
      case Op::kStop: return stop(), true;
      default: return false;
    }
  }

  // clang-format on

  void stop() {
    const PickleId root = builder_.popped();
    if (!builder_.failed()) out_.root_ = root;
    stopped_ = true;
  }

  void push_written_global() {
    const std::string_view module = line();
    builder_.push_global(module, line());
  }

  // Two's complement, little-endian, as long as it likes.
  void push_long(std::string_view bytes) {
    if (bytes.size() > 8) return builder_.push_unknown(PickleKind::kOther);
    std::uint64_t value = little_endian(bytes);
    const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80) != 0;
    if (negative && bytes.size() < 8) value |= ~0ull << (8 * bytes.size());
    builder_.push_int(static_cast<std::int64_t>(value));
  }

  // Protocol 0: "7", "7L", and "01" and "00" for truth values.
  void push_written(std::string_view text) {
    if (text == "01" || text == "00") return builder_.push_bool(text == "01");
    if (text.ends_with('L')) text.remove_suffix(1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return builder_.push_unknown(PickleKind::kOther);
    builder_.push_int(value);
  }

  // A memo key; one that no memo has, where it is no number.
  static std::uint64_t written(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : ~0ull;
  }

  static std::string_view without_quotes(std::string_view text) {
    const bool quoted =
        text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.front() == text.back();
    return quoted ? text.substr(1, text.size() - 2) : text;
  }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_) {
      out_.ends_early_ = !builder_.failed();
      builder_.fail("it ends in the middle of an instruction");
      at_ = bytes_.size();
      return {};
    }
    const std::string_view taken = bytes_.substr(at_, count);
    at_ += count;
    return taken;
  }
  std::uint64_t fixed(std::size_t size) { return little_endian(take(size)); }
  std::string_view line() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) {
      take(bytes_.size() - at_ + 1);
      return {};
    }
    const std::string_view text = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return text;
  }

  std::string_view bytes_;
  Pickle& out_;
  PickleBuilder builder_;
  std::size_t at_ = 0;
  bool stopped_ = false;
};

Pickle Pickle::read(std::string_view bytes, const PickleLimits& limits) {
  Pickle pickle;
  PickleReader(bytes, limits, pickle).run();
  return pickle;
}

std::span<const PickleId> Pickle::items(PickleId id) const {
  const PickleValue& v = value(id);
  switch (v.kind) {
    case PickleKind::kTuple:
    case PickleKind::kList:
    case PickleKind::kSet:
    case PickleKind::kDict:
    case PickleKind::kCall:
    case PickleKind::kPersistent:
      return containers_[v.place];
    default:
      return {};
  }
}

std::string_view Pickle::text(PickleId id) const {
  const PickleValue& v = value(id);
  if (v.kind != PickleKind::kText && v.kind != PickleKind::kGlobal) return {};
  return std::string_view(texts_).substr(v.place, static_cast<std::size_t>(v.number));
}

}  // namespace ckptlint

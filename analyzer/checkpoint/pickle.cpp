#include "checkpoint/pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/little_endian.h"

namespace ckptlint {
namespace {

// The instructions by their bytes, named as in Python's pickletools.
enum class Op : std::uint8_t {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kDup = '2',
  kFloat = 'F',
  kInt = 'I',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kLong = 'L',
  kBinInt2 = 'M',
  kNone = 'N',
  kPersId = 'P',
  kBinPersId = 'Q',
  kReduce = 'R',
  kString = 'S',
  kBinString = 'T',
  kShortBinString = 'U',
  kUnicode = 'V',
  kBinUnicode = 'X',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kDict = 'd',
  kAppends = 'e',
  kGet = 'g',
  kBinGet = 'h',
  kInst = 'i',
  kLongBinGet = 'j',
  kList = 'l',
  kObj = 'o',
  kPut = 'p',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kSetItems = 'u',
  kEmptyDict = '}',
  kEmptyList = ']',
  kEmptyTuple = ')',
  kBinFloat = 'G',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kProto = 0x80,
  kNewObj = 0x81,
  kExt1 = 0x82,
  kExt2 = 0x83,
  kExt4 = 0x84,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kLong4 = 0x8b,
  kShortBinUnicode = 0x8c,
  kBinUnicode8 = 0x8d,
  kBinBytes8 = 0x8e,
  kEmptySet = 0x8f,
  kAddItems = 0x90,
  kFrozenSet = 0x91,
  kNewObjEx = 0x92,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
  kByteArray8 = 0x96,
  kNextBuffer = 0x97,
  kReadOnlyBuffer = 0x98,
};

// What the unpickler behind torch.load(weights_only=True) knows, in torch 2.13.
constexpr std::array kUsual = {
    Op::kGlobal,     Op::kNewObj,  Op::kReduce,     Op::kBuild,      Op::kAppend,         Op::kAppends,   Op::kSetItem,
    Op::kSetItems,   Op::kMark,    Op::kTuple,      Op::kTuple1,     Op::kTuple2,         Op::kTuple3,    Op::kNone,
    Op::kNewFalse,   Op::kNewTrue, Op::kEmptyTuple, Op::kEmptyList,  Op::kEmptyDict,      Op::kEmptySet,  Op::kBinInt,
    Op::kBinInt1,    Op::kBinInt2, Op::kBinFloat,   Op::kBinUnicode, Op::kShortBinString, Op::kBinPersId, Op::kBinGet,
    Op::kLongBinGet, Op::kBinPut,  Op::kLongBinPut, Op::kLong1,      Op::kProto,          Op::kStop,
};

// Modules of Python 2 under their present names, as unpicklers look them up.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kRenamedModules = {
    {{"__builtin__", "builtins"}, {"copy_reg", "copyreg"}, {"StringIO", "io"}, {"cStringIO", "io"}}};

}  // namespace

class PickleReader {
 public:
  PickleReader(std::string_view bytes, const PickleLimits& limits, Pickle& out)
      : bytes_(bytes), limits_(limits), out_(out) {}

  void run() {
    while (!stopped_ && out_.problem_.empty()) {
      instruction_ = at_;
      const std::string_view byte = take(1);
      if (byte.empty()) break;
      const auto op = static_cast<Op>(static_cast<unsigned char>(byte[0]));
      if (!out_.unusual_ && std::find(kUsual.begin(), kUsual.end(), op) == kUsual.end()) out_.unusual_ = instruction_;
      step(op);
    }
    out_.size_ = at_;
  }

 private:
  void step(Op op) {
    if (step_number(op) || step_text(op) || step_container(op) || step_memo(op) || step_call(op)) return;
    switch (op) {
      case Op::kMark:
        marks_.push_back(stack_.size());
        if (marks_.size() > limits_.containers) fail("it nests too deeply");
        return;
      case Op::kPop:
        return pop_one();
      case Op::kPopMark:
        taken();
        return;
      case Op::kDup:
        push(top());
        return;
      case Op::kNone:
        return push(constant(PickleKind::kNone, 0, none_));
      case Op::kNewTrue:
        return push(constant(PickleKind::kBool, 1, true_));
      case Op::kNewFalse:
        return push(constant(PickleKind::kBool, 0, false_));
      case Op::kProto:
        take(1);
        return;
      case Op::kFrame:
        take(8);
        return;
      case Op::kExt1:
        take(1);
        return push(made(PickleKind::kOther));
      case Op::kExt2:
        take(2);
        return push(made(PickleKind::kOther));
      case Op::kExt4:
        take(4);
        return push(made(PickleKind::kOther));
      case Op::kNextBuffer:
        return push(made(PickleKind::kOther));
      case Op::kReadOnlyBuffer:
        top();
        return;
      case Op::kStop:
        out_.root_ = popped();
        stopped_ = true;
        if (!out_.problem_.empty()) out_.root_.reset();
        return;
      default:
        fail(fmt::format("there is no instruction {:#04x}", static_cast<unsigned>(op)));
    }
  }

  bool step_number(Op op) {
    switch (op) {
      case Op::kBinInt:
        return push_int(static_cast<std::int32_t>(fixed(4)));
      case Op::kBinInt1:
        return push_int(static_cast<std::int64_t>(fixed(1)));
      case Op::kBinInt2:
        return push_int(static_cast<std::int64_t>(fixed(2)));
      case Op::kLong1:
        return push_long(take(fixed(1)));
      case Op::kLong4:
        return push_long(take(fixed(4)));
      case Op::kInt:
      case Op::kLong:
        return push_written(line());
      case Op::kFloat:
        line();
        push(made(PickleKind::kFloat));
        return true;
      case Op::kBinFloat:
        take(8);
        push(made(PickleKind::kFloat));
        return true;
      default:
        return false;
    }
  }

  bool step_text(Op op) {
    switch (op) {
      case Op::kShortBinString:
      case Op::kShortBinBytes:
      case Op::kShortBinUnicode:
        return push_text(take(fixed(1)));
      case Op::kBinString:
      case Op::kBinBytes:
      case Op::kBinUnicode:
        return push_text(take(fixed(4)));
      case Op::kBinUnicode8:
      case Op::kBinBytes8:
      case Op::kByteArray8:
        return push_text(take(fixed(8)));
      case Op::kUnicode:
        return push_text(line());
      case Op::kString: {
        std::string_view text = line();
        if (text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.front() == text.back()) {
          text = text.substr(1, text.size() - 2);
        }
        return push_text(text);
      }
      default:
        return false;
    }
  }

  bool step_container(Op op) {
    switch (op) {
      case Op::kEmptyTuple:
        push(made_of(PickleKind::kTuple, {}));
        return true;
      case Op::kEmptyList:
        push(made_of(PickleKind::kList, {}));
        return true;
      case Op::kEmptyDict:
        push(made_of(PickleKind::kDict, {}));
        return true;
      case Op::kEmptySet:
        push(made_of(PickleKind::kSet, {}));
        return true;
      case Op::kTuple:
        push(made_of(PickleKind::kTuple, taken()));
        return true;
      case Op::kList:
        push(made_of(PickleKind::kList, taken()));
        return true;
      case Op::kDict:
        push(made_of(PickleKind::kDict, taken()));
        return true;
      case Op::kFrozenSet:
        push(made_of(PickleKind::kSet, taken()));
        return true;
      case Op::kTuple1:
        push(made_of(PickleKind::kTuple, popped(1)));
        return true;
      case Op::kTuple2:
        push(made_of(PickleKind::kTuple, popped(2)));
        return true;
      case Op::kTuple3:
        push(made_of(PickleKind::kTuple, popped(3)));
        return true;
      case Op::kAppend:
        add(popped(1));
        return true;
      case Op::kSetItem:
        add(popped(2));
        return true;
      case Op::kAppends:
      case Op::kSetItems:
      case Op::kAddItems:
        add(taken());
        return true;
      default:
        return false;
    }
  }

  bool step_memo(Op op) {
    switch (op) {
      case Op::kBinPut:
        put(fixed(1));
        return true;
      case Op::kLongBinPut:
        put(fixed(4));
        return true;
      case Op::kPut:
        put(written(line()).value_or(~0ull));
        return true;
      case Op::kMemoize:
        put(memo_.size() + far_memo_.size());
        return true;
      case Op::kBinGet:
        get(fixed(1));
        return true;
      case Op::kLongBinGet:
        get(fixed(4));
        return true;
      case Op::kGet:
        get(written(line()).value_or(~0ull));
        return true;
      default:
        return false;
    }
  }

  bool step_call(Op op) {
    switch (op) {
      case Op::kGlobal: {
        const std::string_view module = line();
        push_global(module, line());
        return true;
      }
      case Op::kStackGlobal: {
        const std::vector<PickleId> names = popped(2);
        if (names.size() == 2) push_global(std::string(out_.text(names[0])), std::string(out_.text(names[1])));
        return true;
      }
      case Op::kReduce:
      case Op::kNewObj:
        push(made_of(PickleKind::kCall, popped(2)));
        return true;
      case Op::kNewObjEx: {
        std::vector<PickleId> parts = popped(3);
        if (parts.size() == 3) parts.pop_back();  // keyword arguments
        push(made_of(PickleKind::kCall, std::move(parts)));
        return true;
      }
      case Op::kInst: {
        const std::string_view module = line();
        push_global(module, line());
        call_of(popped(), taken());
        return true;
      }
      case Op::kObj: {
        std::vector<PickleId> parts = taken();
        if (parts.empty()) return fail("an object has no class");
        call_of(parts.front(), {parts.begin() + 1, parts.end()});
        return true;
      }
      case Op::kBuild:
        build();
        return true;
      case Op::kBinPersId:
        push(made_of(PickleKind::kPersistent, popped(1)));
        return true;
      case Op::kPersId:
        push_text(line());
        push(made_of(PickleKind::kPersistent, popped(1)));
        return true;
      default:
        return false;
    }
  }

  void call_of(PickleId callee, std::vector<PickleId> arguments) {
    const PickleId tuple = made_of(PickleKind::kTuple, std::move(arguments));
    push(made_of(PickleKind::kCall, {callee, tuple}));
  }

  // The state goes to the call that made the object; objects that no call made (a list, say) keep none.
  void build() {
    const std::vector<PickleId> state = popped(1);
    const PickleId target = top();
    if (state.empty() || out_.value(target).kind != PickleKind::kCall) return;
    const PickleId wrapped = made_of(PickleKind::kTuple, state);
    append(target, {wrapped});
  }

  // Items for the container at the top of the stack.  A call may have made it, as it makes an OrderedDict.
  void add(const std::vector<PickleId>& items) {
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
  void append(PickleId target, const std::vector<PickleId>& items) {
    auto& all = out_.containers_[out_.values_[index(target)].place];
    count_items(items.size());
    all.insert(all.end(), items.begin(), items.end());
  }

  void put(std::uint64_t key) {
    if (key > std::numeric_limits<std::uint32_t>::max()) return void(fail("a memo key is no number"));
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
  void get(std::uint64_t key) {
    if (key < memo_.size()) return push(memo_[key]);
    const auto it = far_memo_.find(static_cast<std::uint32_t>(key));
    if (key > std::numeric_limits<std::uint32_t>::max() || it == far_memo_.end()) {
      fail(fmt::format("there is no memo entry {}", key));
      return;
    }
    push(it->second);
  }

  // Values

  PickleId made(PickleKind kind, std::int64_t number = 0, std::uint32_t place = 0) {
    if (out_.values_.size() >= limits_.values) {
      fail(fmt::format("it builds more than {} values", limits_.values));
      return PickleId{};
    }
    out_.values_.push_back({kind, place, number});
    return static_cast<PickleId>(out_.values_.size() - 1);
  }
  PickleId made_of(PickleKind kind, std::vector<PickleId> items) {
    if (out_.containers_.size() >= limits_.containers) {
      fail(fmt::format("it builds more than {} containers", limits_.containers));
      return PickleId{};
    }
    count_items(items.size());
    out_.containers_.push_back(std::move(items));
    return made(kind, 0, static_cast<std::uint32_t>(out_.containers_.size() - 1));
  }
  void count_items(std::size_t count) {
    items_ += count;
    if (items_ > limits_.items) fail(fmt::format("its containers have more than {} items", limits_.items));
  }
  PickleId constant(PickleKind kind, std::int64_t number, std::optional<PickleId>& known) {
    if (!known) known = made(kind, number);
    return *known;
  }

  bool push_int(std::int64_t number) {
    push(made(PickleKind::kInt, number));
    return true;
  }
  // Two's complement, little-endian, as long as it likes.
  bool push_long(std::string_view bytes) {
    if (bytes.size() > 8) {
      push(made(PickleKind::kOther));
      return true;
    }
    std::uint64_t value = little_endian(bytes);
    const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80) != 0;
    if (negative && bytes.size() < 8) value |= ~0ull << (8 * bytes.size());
    return push_int(static_cast<std::int64_t>(value));
  }
  // Protocol 0: "7", "7L", and "01" and "00" for truth values.
  bool push_written(std::string_view text) {
    if (text == "01" || text == "00") {
      push(made(PickleKind::kBool, text == "01" ? 1 : 0));
      return true;
    }
    if (text.ends_with('L')) text.remove_suffix(1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    push(whole ? made(PickleKind::kInt, value) : made(PickleKind::kOther));
    return true;
  }
  static std::optional<std::uint64_t> written(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
  }

  bool push_text(std::string_view text) {
    push(made_text(PickleKind::kText, text));
    return true;
  }
  PickleId made_text(PickleKind kind, std::string_view text) {
    if (out_.texts_.size() + text.size() > std::numeric_limits<std::uint32_t>::max()) {
      fail("its texts are too long");
      return PickleId{};
    }
    const auto place = static_cast<std::uint32_t>(out_.texts_.size());
    out_.texts_ += text;
    return made(kind, static_cast<std::int64_t>(text.size()), place);
  }

  void push_global(std::string_view module, std::string_view name) {
    for (const auto& [old, present] : kRenamedModules) {
      if (module == old) module = present;
    }
    const std::string full = fmt::format("{}.{}", module, name);
    if (named_.size() < limits_.globals && named_.insert(full).second) out_.globals_.push_back({instruction_, full});
    push(made_text(PickleKind::kGlobal, full));
  }

  // The stack

  void push(PickleId id) {
    if (stack_.size() >= limits_.items) fail(fmt::format("its stack has more than {} items", limits_.items));
    if (out_.problem_.empty()) stack_.push_back(id);
  }
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  PickleId top() {
    if (stack_.size() > floor()) return stack_.back();
    fail("it takes from an empty stack");
    if (out_.values_.empty()) out_.values_.push_back({});
    return PickleId{};
  }
  PickleId popped() {
    const PickleId id = top();
    if (stack_.size() > floor()) stack_.pop_back();
    return id;
  }
  std::vector<PickleId> popped(std::size_t count) {
    if (stack_.size() - floor() < count) {
      fail("it takes from an empty stack");
      return {};
    }
    std::vector<PickleId> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }
  // What was pushed since the last mark.
  std::vector<PickleId> taken() {
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
  // POP takes a mark too, if nothing was pushed since.
  void pop_one() {
    if (!marks_.empty() && stack_.size() == marks_.back()) {
      marks_.pop_back();
    } else {
      popped();
    }
  }

  // Bytes

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_) {
      out_.ends_early_ = out_.problem_.empty();
      fail("it ends in the middle of an instruction");
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

  bool fail(std::string why) {
    if (out_.problem_.empty()) out_.problem_ = std::move(why) + fmt::format(" (byte {})", instruction_);
    return true;
  }

  std::string_view bytes_;
  const PickleLimits& limits_;
  Pickle& out_;
  std::size_t at_ = 0;
  std::size_t instruction_ = 0;  // where the one being read begins
  bool stopped_ = false;
  std::size_t items_ = 0;  // in all containers
  std::vector<PickleId> stack_;
  std::vector<std::size_t> marks_;  // sizes of the stack
  std::vector<PickleId> memo_;      // entries 0, 1, 2, ..., as writers number them
  std::unordered_map<std::uint32_t, PickleId> far_memo_;
  std::unordered_set<std::string> named_;
  std::optional<PickleId> none_;
  std::optional<PickleId> true_;
  std::optional<PickleId> false_;
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

// Modules of Python's own that turn bytes into others, as far as texts are hidden with them.
#include <zlib.h>

#include <array>
#include <string>

#include "conduct/calculator.h"

namespace ckptlint {
namespace {

using python::Arguments;
using python::Interpreter;
using python::Kind;
using python::Value;

constexpr std::size_t kMostInflated = std::size_t{4} << 20;

std::string bytes_of(Interpreter& in, const Value& value) {
  if (value.is(Kind::kBytes)) return std::string(value.as<python::Bytes>()->data);
  if (value.is(Kind::kStr)) return std::string(value.as<python::Str>()->view());
  in.raise_type_error("a bytes-like object is required");
}

Value bytes_value(Interpreter& in, const std::string& text) {
  auto* made = in.arena.make<python::Bytes>();
  made->kind = Kind::kBytes;
  made->data = in.arena.copy(text);
  return Value::of(made);
}

// Digits of 6, 5 or 4 bits by their alphabet; others are passed over.
std::string from_digits(std::string_view text, std::string_view alphabet, unsigned bits) {
  std::array<int, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<int>(i);
  std::string out;
  std::uint32_t held = 0;
  unsigned count = 0;
  for (const char c : text) {
    const int value = values[static_cast<unsigned char>(c)];
    if (value < 0) continue;
    held = (held << bits | static_cast<std::uint32_t>(value)) & 0xffffff;
    count += bits;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(held >> count & 0xff);
    }
  }
  return out;
}

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string from_hex(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  return from_digits(text, "0123456789abcdef", 4);
}

std::string from_base85(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 5) {
    const std::size_t size = std::min<std::size_t>(5, text.size() - at);
    std::uint32_t held = 0;
    for (std::size_t i = 0; i < 5; ++i) {
      const std::size_t digit = i < size ? kAlphabet.find(text[at + i]) : 84;
      held = held * 85 + static_cast<std::uint32_t>(digit == std::string_view::npos ? 0 : digit);
    }
    for (std::size_t i = 0; i + 1 < size; ++i) out += static_cast<char>(held >> (24 - 8 * i) & 0xff);
  }
  return out;
}

std::string rotated(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>('a' + (c - 'a' + 13) % 26);
    if (c >= 'A' && c <= 'Z') c = static_cast<char>('A' + (c - 'A' + 13) % 26);
  }
  return text;
}

// Of zlib or gzip.
std::string inflated(Interpreter& in, const std::string& packed) {
  z_stream stream{};
  if (inflateInit2(&stream, 47) != Z_OK) in.raise_value_error("cannot be inflated");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  std::array<char, 16384> piece{};
  int state = Z_OK;
  while (state == Z_OK && out.size() < kMostInflated) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(piece.data(), piece.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END) in.raise_value_error("cannot be inflated");
  return out;
}

Value b64decode(Interpreter& in, const Arguments& arguments, const Value&) {
  return bytes_value(in, from_digits(bytes_of(in, arguments[0]), kBase64, 6));
}
Value urlsafe_b64decode(Interpreter& in, const Arguments& arguments, const Value&) {
  return bytes_value(in, from_digits(bytes_of(in, arguments[0]), kUrlSafe, 6));
}
Value b32decode(Interpreter& in, const Arguments& arguments, const Value&) {
  return bytes_value(in, from_digits(bytes_of(in, arguments[0]), kBase32, 5));
}
Value unhexlify(Interpreter& in, const Arguments& arguments, const Value&) {
  return bytes_value(in, from_hex(bytes_of(in, arguments[0])));
}
Value b85decode(Interpreter& in, const Arguments& arguments, const Value&) {
  return bytes_value(in, from_base85(bytes_of(in, arguments[0])));
}
Value decompress(Interpreter& in, const Arguments& arguments, const Value&) {
  return bytes_value(in, inflated(in, bytes_of(in, arguments[0])));
}

Value decode(Interpreter& in, const Arguments& arguments, const Value&) {
  const std::string text = bytes_of(in, arguments[0]);
  const std::string codec = arguments.count > 1 ? bytes_of(in, arguments[1]) : "utf-8";
  if (codec == "rot13" || codec == "rot_13" || codec == "rot-13") return in.string(rotated(text));
  if (codec == "hex" || codec == "hex_codec") return bytes_value(in, from_hex(text));
  if (codec == "base64" || codec == "base64_codec") return bytes_value(in, from_digits(text, kBase64, 6));
  if (codec == "zlib" || codec == "zip" || codec == "zlib_codec") return bytes_value(in, inflated(in, text));
  return in.call_method(arguments[0], in.intern("decode"), {in.string(codec)});
}

Value encode(Interpreter& in, const Arguments& arguments, const Value& data) {
  const std::string codec = arguments.count > 1 ? bytes_of(in, arguments[1]) : "utf-8";
  if (codec.starts_with("rot")) return decode(in, arguments, data);
  return in.call_method(arguments[0], in.intern("encode"), {in.string(codec)});
}

}  // namespace

void install_decoders(Interpreter& in) {
  python::Module* base64 = in.native_module("base64");
  in.define(base64, "b64decode", b64decode);
  in.define(base64, "standard_b64decode", b64decode);
  in.define(base64, "decodebytes", b64decode);
  in.define(base64, "urlsafe_b64decode", urlsafe_b64decode);
  in.define(base64, "b32decode", b32decode);
  in.define(base64, "b16decode", unhexlify);
  in.define(base64, "b85decode", b85decode);
  python::Module* binascii = in.native_module("binascii");
  in.define(binascii, "unhexlify", unhexlify);
  in.define(binascii, "a2b_hex", unhexlify);
  in.define(binascii, "a2b_base64", b64decode);
  python::Module* codecs = in.native_module("codecs");
  in.define(codecs, "decode", decode);
  in.define(codecs, "encode", encode);
  in.define(in.native_module("zlib"), "decompress", decompress);
  in.define(in.native_module("gzip"), "decompress", decompress);
}

}  // namespace ckptlint

// Arithmetic of complex numbers and complex(text), rounded as CPython 3.11 rounds (Objects/complexobject.c).
#pragma once

#include <complex>
#include <optional>
#include <string_view>

namespace ckptlint::python {

using ComplexNumber = std::complex<double>;

ComplexNumber complex_product(const ComplexNumber& a, const ComplexNumber& b);
// Empty where `b` is zero.
std::optional<ComplexNumber> complex_quotient(const ComplexNumber& a, const ComplexNumber& b);
// Empty where zero is raised to a negative or complex power; parts are infinite where the result is too large.
std::optional<ComplexNumber> complex_power(const ComplexNumber& base, const ComplexNumber& exponent);
// Empty where Python would raise.
std::optional<ComplexNumber> parse_complex(std::string_view text);

}  // namespace ckptlint::python

// Result<T, E>: a value or an error, returned instead of throwing.
//
// Expected failures are values; exceptions are kept for bugs. std::expected is not usable on both of
// the compilers that build millrace (GCC 12 and Clang 14), so this is the part of its surface that
// the project needs, under the same names: moving to std::expected later is one alias.
#pragma once

#include <cassert>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace millrace {

// Marks a value as the error of a Result: `return Unexpected(Error{...})`.
template <class E>
struct Unexpected {
  explicit Unexpected(E e) : error(std::move(e)) {}
  E error;
};

template <class T, class E>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = E;

  template <class U = T>
    requires std::is_convertible_v<U&&, T>
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  template <class G>
    requires std::is_convertible_v<G, E>
  Result(Unexpected<G> unexpected) : state_(std::in_place_index<1>, std::move(unexpected.error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // REQUIRES: has_value()
  T& value() & { return assert(has_value()), *std::get_if<0>(&state_); }
  const T& value() const& { return assert(has_value()), *std::get_if<0>(&state_); }
  T&& value() && { return assert(has_value()), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // REQUIRES: !has_value()
  E& error() & { return assert(!has_value()), *std::get_if<1>(&state_); }
  const E& error() const& { return assert(!has_value()), *std::get_if<1>(&state_); }
  E&& error() && { return assert(!has_value()), std::move(*std::get_if<1>(&state_)); }

  template <class U>
  T value_or(U&& fallback) const& {
    return has_value() ? value() : static_cast<T>(std::forward<U>(fallback));
  }

 private:
  std::variant<T, E> state_;
};

template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  using value_type = void;
  using error_type = E;

  Result() = default;
  template <class G>
    requires std::is_convertible_v<G, E>
  Result(Unexpected<G> unexpected) : error_(std::move(unexpected.error)) {}

  bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }

  // REQUIRES: !has_value()
  E& error() & { return assert(error_), *error_; }
  const E& error() const& { return assert(error_), *error_; }
  E&& error() && { return assert(error_), std::move(*error_); }

 private:
  std::optional<E> error_;
};

}  // namespace millrace

#define MILLRACE_CONCAT_INNER(a, b) a##b
#define MILLRACE_CONCAT(a, b) MILLRACE_CONCAT_INNER(a, b)

// MILLRACE_TRY(auto value, expression): the expression's value, or return its error from here.
#define MILLRACE_TRY(declaration, expression)                                     \
  auto MILLRACE_CONCAT(try_result_, __LINE__) = (expression);                     \
  if (!MILLRACE_CONCAT(try_result_, __LINE__)) {                                  \
    return ::millrace::Unexpected(                                                \
        std::move(MILLRACE_CONCAT(try_result_, __LINE__)).error());               \
  }                                                                               \
  declaration = std::move(MILLRACE_CONCAT(try_result_, __LINE__)).value()

// MILLRACE_CHECK_OK(expression): go on if it succeeded, else return its error from here.
#define MILLRACE_CHECK_OK(expression)                                             \
  do {                                                                            \
    auto try_result = (expression);                                               \
    if (!try_result) return ::millrace::Unexpected(std::move(try_result).error()); \
  } while (false)
